using System.ComponentModel;
using System.Globalization;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>The working directory of a new process.</summary>
internal static class WorkingDirectory
{
    /// <summary>
    /// The requested directory, else the image's, else the user's home if it exists, else <c>/</c>. A requested directory is created if
    /// it is missing.
    /// </summary>
    /// <exception cref="ProcessStartException">The directory cannot be created.</exception>
    /// <param name="rootFs">The container's files without its mounts, for a container that runc has not started yet.</param>
    public static string Prepare(ProcessSpec spec, ContainerRecord record, string rootFs, ContainerUser user)
    {
        // The first process's root shows the files as the container sees them, including its mounts.
        var root = record.Init.IsAlive() ? string.Create(CultureInfo.InvariantCulture, $"/proc/{record.Init.Pid}/root") : rootFs;
        var wanted = spec.Dir.Length > 0 ? spec.Dir : record.Image.WorkingDirectory;
        if (!wanted.StartsWith('/'))
            return IsDirectory(root, user.Home) ? user.Home : "/";
        try
        {
            Native.MakeDirectoriesInRoot(
                root,
                wanted,
                record.Users?.OnHost(user.Uid) ?? user.Uid,
                record.Users?.OnHost(user.Gid) ?? user.Gid
            );
            return wanted;
        }
        catch (Win32Exception failure)
        {
            throw new ProcessStartException(
                $"the working directory {wanted} is not in the container and cannot be made: {failure.Message}",
                failure
            );
        }
    }

    private static bool IsDirectory(string root, string path)
    {
        try
        {
            using var found = Native.OpenInRoot(root, path, out var facts);
            return found is not null && facts.IsDirectory;
        }
        catch (Win32Exception)
        {
            return false; // such as links that lead in circles: a home that nobody can enter
        }
    }
}
