using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Scheduler.Rep.Runtime.Linux;

/// <summary>An open directory, with operations on names in it. None of them follows a symbolic link unless it says so.</summary>
internal sealed class OpenDirectory : IDisposable
{
    private const int NotDirectory = 20,
        TooManyLinks = 40;
    private readonly SafeFileHandle _handle;

    private OpenDirectory(SafeFileHandle handle) => _handle = handle;

    /// <exception cref="Win32Exception">The path does not exist or is not a directory.</exception>
    public static OpenDirectory Open(string path)
    {
        return new OpenDirectory(
            Checked(DirectoryCalls.Open(Terminated(Encoding.UTF8.GetBytes(path)), DirectoryCalls.Directory | DirectoryCalls.CloseOnExec))
        );
    }

    /// <summary>A directory below this one, as found by a process that has this one as root; null if the path does not exist.</summary>
    public OpenDirectory? FindInRoot(ReadOnlySpan<byte> path)
    {
        var fd = DirectoryCalls.OpenInRoot(_handle, Terminated(path.IsEmpty ? "."u8 : path), DirectoryCalls.Directory);
        if (fd >= 0)
            return new OpenDirectory(new SafeFileHandle(fd, ownsHandle: true));
        return Marshal.GetLastPInvokeError() is Native.NoEntry or NotDirectory or TooManyLinks ? null : throw Native.LastError();
    }

    /// <summary>
    /// A directory on the same mount, found as by <see cref="FindInRoot"/>; null if the path does not exist.
    /// </summary>
    /// <exception cref="Win32Exception"><see cref="LinuxErrors.OtherMount"/>: the path leads onto another mount.</exception>
    public OpenDirectory? FindInRootOnSameMount(ReadOnlySpan<byte> path) => Find(path, DirectoryCalls.ResolveInRoot);

    /// <summary>
    /// A directory below this one that is reached without leaving it, on the same mount; null if the path does not exist.
    /// </summary>
    /// <exception cref="Win32Exception">
    /// <see cref="LinuxErrors.OtherMount"/>: a symbolic link leads out of this directory, or the path onto another mount.
    /// </exception>
    public OpenDirectory? FindBeneath(ReadOnlySpan<byte> path) => Find(path, DirectoryCalls.ResolveBeneath);

    private OpenDirectory? Find(ReadOnlySpan<byte> path, ulong resolve)
    {
        var name = Terminated(path.IsEmpty ? "."u8 : path);
        var fd = DirectoryCalls.Open(_handle, name, DirectoryCalls.Directory, resolve | DirectoryCalls.ResolveSameMount);
        if (fd >= 0)
            return new OpenDirectory(new SafeFileHandle(fd, ownsHandle: true));
        return Marshal.GetLastPInvokeError() == Native.NoEntry ? null : throw Native.LastError();
    }

    /// <summary>A path that leads to this directory while it is open, whatever its names are.</summary>
    public string OpenPath => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{_handle.DangerousGetHandle()}");

    /// <summary>A directory directly in this one.</summary>
    public OpenDirectory OpenChild(ReadOnlySpan<byte> child)
    {
        const int flags = DirectoryCalls.Directory | DirectoryCalls.NoFollow | DirectoryCalls.CloseOnExec;
        return new OpenDirectory(Checked(DirectoryCalls.OpenAt(_handle, Terminated(child), flags, 0)));
    }

    /// <summary>Creates a file for writing, which no other user can open before its mode is set.</summary>
    public SafeFileHandle CreateFile(ReadOnlySpan<byte> child)
    {
        const int flags =
            DirectoryCalls.Write | DirectoryCalls.Create | DirectoryCalls.Exclusive | DirectoryCalls.NoFollow | DirectoryCalls.CloseOnExec;
        return Checked(DirectoryCalls.OpenAt(_handle, Terminated(child), flags, 0b110_000_000));
    }

    public void CreateDirectory(ReadOnlySpan<byte> child)
    {
        Check(DirectoryCalls.MakeDirectoryAt(_handle, Terminated(child), 0b111_000_000));
    }

    public void CreateFifo(ReadOnlySpan<byte> child)
    {
        Check(DirectoryCalls.MakeFifoAt(_handle, Terminated(child), 0b110_000_000));
    }

    public void CreateSymlink(ReadOnlySpan<byte> child, ReadOnlySpan<byte> target)
    {
        Check(DirectoryCalls.SymlinkAt(Terminated(target), _handle, Terminated(child)));
    }

    /// <summary>Creates a hard link in another directory to a file in this one.</summary>
    public void Link(ReadOnlySpan<byte> existing, OpenDirectory directory, ReadOnlySpan<byte> child)
    {
        Check(DirectoryCalls.LinkAt(_handle, Terminated(existing), directory._handle, Terminated(child), 0));
    }

    /// <summary>The status of a name, or of this directory for an empty name; null if it does not exist.</summary>
    public FileFacts? Stat(ReadOnlySpan<byte> child)
    {
        var buffer = new byte[256];
        if (
            DirectoryCalls.StatAt(_handle, Terminated(child), DirectoryCalls.SymlinkNoFollow | DirectoryCalls.EmptyPath, 0x7FF, buffer) == 0
        )
            return FileFacts.Read(buffer);
        return Marshal.GetLastPInvokeError() == Native.NoEntry ? null : throw Native.LastError();
    }

    public void ChangeOwner(ReadOnlySpan<byte> child, uint user, uint group)
    {
        Check(
            DirectoryCalls.ChangeOwnerAt(_handle, Terminated(child), user, group, DirectoryCalls.SymlinkNoFollow | DirectoryCalls.EmptyPath)
        );
    }

    public static void ChangeOwner(SafeFileHandle file, uint user, uint group)
    {
        Check(DirectoryCalls.ChangeOwnerAt(file, Terminated(""u8), user, group, DirectoryCalls.EmptyPath));
    }

    /// <summary>Changes the owner of a symbolic link, and of nothing else that has taken its name in the meantime.</summary>
    public void ChangeLinkOwner(ReadOnlySpan<byte> child, uint user, uint group)
    {
        const int flags = DirectoryCalls.PathOnly | DirectoryCalls.NoFollow | DirectoryCalls.CloseOnExec;
        using var link = new OpenDirectory(Checked(DirectoryCalls.OpenAt(_handle, Terminated(child), flags, 0)));
        if (link.Stat(""u8) is { IsSymbolicLink: true })
            link.ChangeOwner(""u8, user, group);
    }

    /// <param name="nanoseconds">Part of a second after <paramref name="seconds"/>.</param>
    public void SetModified(ReadOnlySpan<byte> child, long seconds, int nanoseconds)
    {
        Check(
            DirectoryCalls.SetTimesAt(
                _handle,
                Terminated(child),
                [seconds, nanoseconds, seconds, nanoseconds],
                DirectoryCalls.SymlinkNoFollow
            )
        );
    }

    /// <param name="child">Not a symbolic link: the kernel would follow it.</param>
    public void ChangeMode(ReadOnlySpan<byte> child, uint mode) => Check(DirectoryCalls.ChangeModeAt(_handle, Terminated(child), mode, 0));

    public void ChangeMode(uint mode) => Check(DirectoryCalls.ChangeMode(_handle, mode));

    public static void ChangeMode(SafeFileHandle file, uint mode) => Check(DirectoryCalls.ChangeMode(file, mode));

    public void SetAttribute(string attribute, byte[] value) => SetAttribute(_handle, attribute, value);

    public static void SetAttribute(SafeFileHandle file, string attribute, byte[] value)
    {
        Check(DirectoryCalls.SetAttribute(file, Terminated(Encoding.Latin1.GetBytes(attribute)), value, (nuint)value.Length, 0));
    }

    /// <summary>All names in this directory except "." and "..".</summary>
    public List<byte[]> Names()
    {
        var names = new List<byte[]>();
        var buffer = new byte[32 << 10];

        // A separate file description has its own position, so this reads from the start whatever was read before.
        using var own = OpenChild("."u8);
        while (true)
        {
            var read = (int)DirectoryCalls.ReadEntries(own._handle, buffer, (nuint)buffer.Length);
            if (read < 0)
                throw Native.LastError();
            if (read == 0)
                return names;
            var at = 0;
            while (at < read)
            {
                // struct linux_dirent64: inode, offset, length of this record, type, name
                var length = BitConverter.ToUInt16(buffer, at + 16);
                var name = buffer.AsSpan(at + 19, length - 19);
                name = name[..name.IndexOf((byte)0)];
                if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                    names.Add(name.ToArray());
                at += length;
            }
        }
    }

    /// <summary>Removes a name; a directory must be empty.</summary>
    public void Remove(ReadOnlySpan<byte> child, bool isDirectory)
    {
        Check(DirectoryCalls.UnlinkAt(_handle, Terminated(child), isDirectory ? DirectoryCalls.RemoveDirectory : 0));
    }

    /// <summary>Removes a name and everything below it, at any depth. Descends into mounts, so nothing may be mounted there.</summary>
    public void RemoveTree(ReadOnlySpan<byte> child)
    {
        if (Stat(child) is not { } facts)
            return;
        if (!facts.IsDirectory)
        {
            Remove(child, isDirectory: false);
            return;
        }

        // Go back up by "..", so that two open directories are enough for any depth.
        var stack = new Stack<(byte[] Name, Queue<byte[]> Directories)>();
        var current = OpenChild(child);
        try
        {
            stack.Push((child.ToArray(), current.RemoveFiles()));
            while (true)
            {
                var (name, directories) = stack.Peek();
                if (directories.TryDequeue(out var next))
                {
                    var below = current.OpenChild(next);
                    current.Dispose();
                    current = below;
                    stack.Push((next, current.RemoveFiles()));
                    continue;
                }

                stack.Pop();
                if (stack.Count == 0)
                    break;
                var above = current.OpenChild(".."u8);
                current.Dispose();
                current = above;
                current.Remove(name, isDirectory: true);
            }
        }
        finally
        {
            current.Dispose();
        }

        Remove(child, isDirectory: true);
    }

    public void Dispose() => _handle.Dispose();

    private Queue<byte[]> RemoveFiles()
    {
        var directories = new Queue<byte[]>();
        foreach (var name in Names())
        {
            if (Stat(name) is not { } facts)
                continue;
            if (facts.IsDirectory)
                directories.Enqueue(name);
            else
                Remove(name, isDirectory: false);
        }

        return directories;
    }

    private static byte[] Terminated(ReadOnlySpan<byte> name)
    {
        if (name.Contains((byte)0))
            throw new ArgumentException("a name cannot contain NUL", nameof(name));
        var terminated = new byte[name.Length + 1];
        name.CopyTo(terminated);
        return terminated;
    }

    private static SafeFileHandle Checked(int fd) => fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw Native.LastError();

    private static void Check(int result)
    {
        if (result != 0)
            throw Native.LastError();
    }
}
