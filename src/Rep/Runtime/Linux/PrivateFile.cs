namespace Scheduler.Rep.Runtime.Linux;

/// <summary>Files with environments and commands in them: for root alone, whatever the folders above let through.</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None, UnixCreateMode = OwnerOnly, BufferSize = 0 });
        file.Write(content);
    }
}
