using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Scheduler.Rep.Runtime.Linux;

/// <summary>
/// Bind mounts that show file owners as mapped by another user namespace; the files do not change. Since Linux 5.12; below overlays
/// since 5.19.
/// </summary>
internal static partial class MappedMounts
{
    private const long Syscall_OpenTree = 428,
        Syscall_MoveMount = 429,
        Syscall_MountSetAttributes = 442;
    private const int AtFdCwd = -100;
    private const uint AtEmptyPath = 0x1000,
        OpenTreeClone = 1,
        OpenTreeCloseOnExec = 0x8_0000,
        MoveFromEmptyPath = 4;
    private const ulong ReadOnly = 1,
        IdMapped = 0x10_0000,
        Private = 1 << 18;

    /// <param name="userNamespace">Path of the user namespace whose mappings apply.</param>
    public static void BindReadOnly(string source, string target, string userNamespace)
    {
        using var users = File.OpenHandle(userNamespace);
        var fd = (int)OpenTree(Syscall_OpenTree, AtFdCwd, source, OpenTreeClone | OpenTreeCloseOnExec);
        if (fd < 0)
            throw Failed("open_tree", source);
        using var tree = new SafeFileHandle(fd, ownsHandle: true);
        var attributes = new MountAttributes
        {
            Set = IdMapped | ReadOnly,
            Propagation = Private,
            UserNamespace = (ulong)users.DangerousGetHandle(),
        };
        if (SetAttributes(Syscall_MountSetAttributes, fd, "", AtEmptyPath, attributes, (nuint)Marshal.SizeOf<MountAttributes>()) != 0)
            throw Failed("an id-mapped mount", source);
        if (MoveMount(Syscall_MoveMount, fd, "", AtFdCwd, target, MoveFromEmptyPath) != 0)
            throw Failed("move_mount", target);
    }

    private static ContainerRuntimeException Failed(string what, string path)
    {
        var error = new Win32Exception(Marshal.GetLastPInvokeError());
        return new ContainerRuntimeException($"{what} of {path} failed: {error.Message}", error);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct MountAttributes
    {
        public ulong Set;
        public ulong Clear;
        public ulong Propagation;
        public ulong UserNamespace;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial long OpenTree(long number, int directory, string path, uint flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial long MoveMount(long number, int from, string fromPath, int to, string toPath, uint flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial long SetAttributes(
        long number,
        int directory,
        string path,
        uint flags,
        in MountAttributes attributes,
        nuint size
    );
}
