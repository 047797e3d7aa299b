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
        NoSetUser = 2,
        NoDevices = 4,
        IdMapped = 0x10_0000,
        Private = 1 << 18;

    /// <param name="userNamespace">Path of the user namespace whose mappings apply.</param>
    public static void BindReadOnly(string source, string target, string userNamespace)
    {
        using var users = File.OpenHandle(userNamespace);
        using var tree = Clone(source);
        if (!Set(tree, IdMapped | ReadOnly, users))
            throw Failed("an id-mapped mount", source);
        Move(tree, target);
    }

    /// <summary>
    /// Mounts an open directory for a container: without set-user-id programs and devices, and without other file systems that are mounted
    /// below it.
    /// </summary>
    /// <param name="userNamespace">Path of the user namespace whose mappings apply; null: none.</param>
    /// <returns>False if the directory's file system has no id-mapped mounts: its owners are then shown as they are.</returns>
    public static bool Bind(SafeFileHandle directory, string target, bool readOnly, string? userNamespace)
    {
        using var tree = Clone(directory, target);
        var attributes = NoSetUser | NoDevices | (readOnly ? ReadOnly : 0);
        var mapped = true;
        if (userNamespace is not null)
        {
            using var users = File.OpenHandle(userNamespace);
            mapped = Set(tree, IdMapped | attributes, users);
            if (!mapped && Marshal.GetLastPInvokeError() != Native.Invalid)
                throw Failed("an id-mapped mount", target);
        }

        if ((userNamespace is null || !mapped) && !Set(tree, attributes, null))
            throw Failed("mount_setattr", target);
        Move(tree, target);
        return mapped;
    }

    private static SafeFileHandle Clone(string source)
    {
        var fd = (int)OpenTree(Syscall_OpenTree, AtFdCwd, source, OpenTreeClone | OpenTreeCloseOnExec);
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw Failed("open_tree", source);
    }

    private static SafeFileHandle Clone(SafeFileHandle source, string target)
    {
        var fd = (int)OpenTree(Syscall_OpenTree, (int)source.DangerousGetHandle(), "", OpenTreeClone | OpenTreeCloseOnExec | AtEmptyPath);
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw Failed("open_tree", target);
    }

    private static bool Set(SafeFileHandle tree, ulong set, SafeFileHandle? users)
    {
        var attributes = new MountAttributes
        {
            Set = set,
            Propagation = Private,
            UserNamespace = users is null ? 0 : (ulong)users.DangerousGetHandle(),
        };
        var fd = (int)tree.DangerousGetHandle();
        return SetAttributes(Syscall_MountSetAttributes, fd, "", AtEmptyPath, attributes, (nuint)Marshal.SizeOf<MountAttributes>()) == 0;
    }

    private static void Move(SafeFileHandle tree, string target)
    {
        if (MoveMount(Syscall_MoveMount, (int)tree.DangerousGetHandle(), "", AtFdCwd, target, MoveFromEmptyPath) != 0)
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
