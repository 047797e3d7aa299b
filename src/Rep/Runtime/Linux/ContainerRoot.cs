using System.ComponentModel;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Scheduler.Rep.Runtime.Linux;

/// <summary>Gives access to the files of running containers.</summary>
internal interface IContainerRoots
{
    /// <summary>The root directory of a running container, for one of its users.</summary>
    /// <param name="user">As in a process: a name or number of the container, with or without a group.</param>
    /// <exception cref="Models.DomainException">No such container.</exception>
    /// <exception cref="ContainerRuntimeException">It does not run, or has no such user.</exception>
    ContainerRoot OpenRoot(string handle, string user);
}

/// <summary>
/// A running container's root directory as its processes see it. Names are resolved in it, so that no link of the container leads outside,
/// whatever the container changes in the meantime.
/// </summary>
/// <param name="home">The user's home directory, which relative paths start from.</param>
internal sealed class ContainerRoot(OpenDirectory root, FileOwner owner, string home) : IDisposable
{
    public FileOwner Owner => owner;

    /// <summary>The path in the container that a path of an action means.</summary>
    public string Absolute(string path) => path.StartsWith('/') ? path : $"{home.TrimEnd('/')}/{path}";

    /// <summary>A directory of the container's own disk; null if it does not exist.</summary>
    /// <exception cref="Win32Exception">It is no directory, or on a mount.</exception>
    public OpenDirectory? FindDirectory(string path) => root.FindInRootOnSameMount(Encoding.UTF8.GetBytes(Absolute(path)));

    /// <summary>The same, created with its parents if it is missing; new directories belong to the user.</summary>
    /// <exception cref="Win32Exception">It cannot be created, or is on a mount.</exception>
    public OpenDirectory MakeDirectory(string path)
    {
        if (FindDirectory(path) is { } there)
            return there;
        Native.MakeDirectoriesInRoot(root.OpenPath, Absolute(path), owner.User, owner.Group);
        return FindDirectory(path) ?? throw new Win32Exception(Native.NoEntry);
    }

    /// <summary>Opens a regular file for reading; null if the path does not exist. Invalid if it is no regular file.</summary>
    /// <exception cref="Win32Exception">It cannot be opened.</exception>
    public SafeFileHandle? OpenFile(string path, out FileFacts facts) => Native.OpenInRoot(root.OpenPath, Absolute(path), out facts);

    public void Dispose() => root.Dispose();
}
