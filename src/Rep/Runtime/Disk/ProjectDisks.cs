using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Disk;

/// <summary>
/// Disk limits by project quotas: every file below the container's directory belongs to its project, and the file system enforces the
/// project's limits. Costs two system calls and no disk space.
/// </summary>
internal sealed class ProjectDisks(string directory) : IContainerDisks
{
    private const uint GetAttributes = 0x801C_581F;
    private const uint SetAttributes = 0x401C_5820;
    private const uint InheritProject = 0x200;
    private const uint GetQuota = (0x80_0007u << 8) | ProjectQuotas;
    private const uint SetQuota = (0x80_0008u << 8) | ProjectQuotas;
    private const uint ProjectQuotas = 2;

    /// <summary>The first project id that the cell uses: administrators number theirs from 1.</summary>
    private const uint FirstProject = 0x4000_0000;

    // struct fsxattr: flags, extent size, extents, project id, …
    private const int AttributesSize = 28;
    private const int ProjectAt = 12;

    // struct if_dqblk: hard and soft limit in KiB, bytes in use, the same for inodes, times, which of them are valid.
    private const int QuotaSize = 72;
    private const int BytesAt = 16;
    private const int InodeLimitAt = 24;
    private const int InodesAt = 40;
    private const int ValidAt = 64;
    private const uint BothLimits = 1 | 4;

    public DiskQuotaMode Mode => DiskQuotaMode.Project;

    /// <summary>Tests the quota by exceeding a limit: a file system may support projects without enforcing limits.</summary>
    /// <exception cref="ContainerRuntimeException">The limit is not enforced; the message says which step failed.</exception>
    public async Task ProveAsync(CancellationToken cancellation)
    {
        var paths = new ContainerPaths(Path.Combine(directory, "probe"), "");
        try
        {
            Directory.CreateDirectory(paths.Root);
            await MakeAsync(paths, new DiskLimit(1, 1_024), cancellation);
            if (CanWriteTwoMegabytes(Path.Combine(paths.Volume, "much")))
                throw new ContainerRuntimeException(
                    $"the file system of {directory} accounts for project quotas but does not enforce them: mount it with prjquota"
                );
        }
        finally
        {
            if (Directory.Exists(paths.Volume))
            {
                Release(paths);
                Directory.Delete(paths.Root, recursive: true);
            }
        }
    }

    public Task MakeAsync(ContainerPaths paths, DiskLimit limit, CancellationToken cancellation)
    {
        Directory.CreateDirectory(paths.Volume);
        if (!limit.IsSet)
            return Task.CompletedTask;
        using var volume = Open(paths.Volume);
        var project = FreeProject(volume, paths.Volume);
        var attributes = Attributes(volume, paths.Volume);
        BinaryPrimitives.WriteUInt32LittleEndian(attributes, BinaryPrimitives.ReadUInt32LittleEndian(attributes) | InheritProject);
        BinaryPrimitives.WriteUInt32LittleEndian(attributes.AsSpan(ProjectAt), project);
        if (Native.Control(volume, SetAttributes, attributes) != 0)
            throw Failed("set the project of", paths.Volume);
        if (!Native.Quota(volume, SetQuota, project, Limits(limit)))
            throw Failed("set the quota of", paths.Volume);
        return Task.CompletedTask;
    }

    public DiskUse Use(ContainerPaths paths)
    {
        if (!Directory.Exists(paths.Volume))
            return default;
        using var volume = Open(paths.Volume);
        var quota = new byte[QuotaSize];
        return ProjectOf(volume, paths.Volume) is { } project && Native.Quota(volume, GetQuota, project, quota)
            ? new DiskUse(
                BinaryPrimitives.ReadInt64LittleEndian(quota.AsSpan(BytesAt)),
                BinaryPrimitives.ReadInt64LittleEndian(quota.AsSpan(InodesAt))
            )
            : PlainDisks.Walk(paths.Upper);
    }

    public void Release(ContainerPaths paths)
    {
        if (!Directory.Exists(paths.Volume))
            return;
        using var volume = Open(paths.Volume);
        if (ProjectOf(volume, paths.Volume) is { } project && !Native.Quota(volume, SetQuota, project, Limits(DiskLimit.None)))
            throw Failed("remove the quota of", paths.Volume);
    }

    internal static byte[] Limits(DiskLimit limit)
    {
        var quota = new byte[QuotaSize];
        foreach (var at in (int[])[0, 8])
            BinaryPrimitives.WriteInt64LittleEndian(quota.AsSpan(at), limit.Bytes >> 10);
        foreach (var at in (int[])[InodeLimitAt, InodeLimitAt + 8])
            BinaryPrimitives.WriteInt64LittleEndian(quota.AsSpan(at), limit.Inodes);
        BinaryPrimitives.WriteUInt32LittleEndian(quota.AsSpan(ValidAt), BothLimits);
        return quota;
    }

    /// <summary>A project id derived from the path, so that cells of one machine seldom choose the same one; skips ids in use.</summary>
    private static uint FreeProject(SafeFileHandle volume, string path)
    {
        var project = FirstProject | (BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(path))) >> 2);
        while (true)
        {
            var quota = new byte[QuotaSize];
            if (!Native.Quota(volume, GetQuota, project, quota))
                return project; // never used, or no quotas at all, which setting one will show
            if (BinaryPrimitives.ReadInt64LittleEndian(quota) == 0 && BinaryPrimitives.ReadInt64LittleEndian(quota.AsSpan(InodesAt)) == 0)
                return project;
            project = FirstProject | ((project + 1) & (FirstProject - 1));
        }
    }

    /// <summary>Null if the directory has no project id of the cell: its container has no limit, or was created in another mode.</summary>
    private static uint? ProjectOf(SafeFileHandle volume, string path) =>
        BinaryPrimitives.ReadUInt32LittleEndian(Attributes(volume, path).AsSpan(ProjectAt)) is >= FirstProject and var project
            ? project
            : null;

    private static byte[] Attributes(SafeFileHandle volume, string path)
    {
        var attributes = new byte[AttributesSize];
        return Native.Control(volume, GetAttributes, attributes) == 0 ? attributes : throw Failed("read the project of", path);
    }

    private static bool CanWriteTwoMegabytes(string path)
    {
        try
        {
            File.WriteAllBytes(path, new byte[2 << 20]);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static SafeFileHandle Open(string path)
    {
        var handle = Native.OpenFile(path, Native.OpenReadOnly);
        return handle.IsInvalid ? throw Failed("open", path) : handle;
    }

    private static ContainerRuntimeException Failed(string what, string path)
    {
        var error = Native.LastError();
        return new ContainerRuntimeException($"cannot {what} {path}: {error.Message}", error);
    }
}
