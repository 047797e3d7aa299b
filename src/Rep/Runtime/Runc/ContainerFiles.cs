using System.ComponentModel;
using System.Globalization;
using Scheduler.Models;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>What the machine can see of a container from outside: its files and its network traffic.</summary>
internal static class ContainerFiles
{
    /// <summary>The content of a regular file; see <see cref="IContainerRuntime.ReadFileAsync"/>.</summary>
    /// <param name="paths">Of the container; its root filesystem without the mounts is used once the container does not run.</param>
    public static byte[] Read(ContainerRecord record, ContainerPaths paths, string path, int maxBytes)
    {
        if (path is not ['/', ..] || path.Contains('\0'))
            throw DomainError.Invalid("result_file", "must be an absolute path").ToException();

        // The first process's root shows the files as the container sees them, including its mounts.
        var root = record.Init.IsAlive() ? string.Create(CultureInfo.InvariantCulture, $"/proc/{record.Init.Pid}/root") : paths.RootFs;
        try
        {
            using var file =
                Native.OpenInRoot(root, path, out var facts)
                ?? throw DomainError.NotFound($"file {path} of container {record.Spec.Handle}").ToException();
            if (!facts.IsRegular)
                throw DomainError.Invalid("result_file", $"must be a regular file ({path} is not)").ToException();

            // Read one byte more than allowed: this detects a file that is too large, whatever size it reports.
            var content = new byte[maxBytes + 1];
            var length = 0;
            while (length < content.Length && RandomAccess.Read(file, content.AsSpan(length), length) is > 0 and var read)
                length += read;
            if (length > maxBytes)
                throw DomainError.Invalid("result_file", $"must be at most {maxBytes} bytes").ToException();
            return content[..length];
        }
        catch (Win32Exception error)
        {
            throw DomainError.Invalid("result_file", $"cannot be read: {path}: {error.Message}").ToException();
        }
    }

    /// <summary>The root of a running container; see <see cref="IContainerRoots.OpenRoot"/>.</summary>
    public static ContainerRoot OpenRoot(ContainerRecord record, ContainerPaths paths, string user)
    {
        var found = PreparedProcess.FindUser(user, paths);
        var owner = new FileOwner(OnHost(found.Uid), OnHost(found.Gid), [.. found.Groups.Select(OnHost)], IsRoot: found.Uid == 0);

        // The first process's root shows the files as the container sees them, including its mounts.
        OpenDirectory? root = null;
        try
        {
            if (record.Init.IsAlive())
                root = OpenDirectory.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{record.Init.Pid}/root"));
        }
        catch (Win32Exception)
        {
            // It has just ended.
        }

        // Checked again, because another process could have got its number before the directory was open.
        if (root is not null && record.Init.IsAlive())
            return new ContainerRoot(root, owner, found.Home);
        root?.Dispose();
        throw new ContainerRuntimeException($"container {record.Spec.Handle} does not run");

        uint OnHost(uint id) => record.Users?.OnHost(id) ?? id;
    }

    /// <summary>
    /// Sum over all interfaces except loopback, from /proc/PID/net/dev: received is the 1st number after the name, sent the 9th.
    /// </summary>
    public static (long Received, long Sent) NetworkTraffic(ProcessIdentity init)
    {
        var (received, sent) = (0L, 0L);
        try
        {
            foreach (var line in File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{init.Pid}/net/dev")).Skip(2))
            {
                var colon = line.IndexOf(':', StringComparison.Ordinal);
                if (colon < 0 || line.AsSpan(0, colon).Trim() is "lo")
                    continue;
                var numbers = line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                received += long.Parse(numbers[0], CultureInfo.InvariantCulture);
                sent += long.Parse(numbers[8], CultureInfo.InvariantCulture);
            }
        }
        catch (IOException)
        {
            // the container has stopped
        }

        return (received, sent);
    }
}
