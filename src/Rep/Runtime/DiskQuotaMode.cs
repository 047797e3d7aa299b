namespace Scheduler.Rep.Runtime;

/// <summary>How a cell holds its containers to the disk that they were given.</summary>
public enum DiskQuotaMode
{
    /// <summary>Project quotas where the state directory's file system has them, otherwise a volume for each container.</summary>
    Auto,

    /// <summary>The file system under the state directory counts what a container writes and refuses what is too much: ext4 or xfs, mounted with prjquota.</summary>
    Project,

    /// <summary>Each container writes to a file system of its own, an ext4 of just that size in a sparse file below the state directory.</summary>
    Loop,

    /// <summary>Nothing is refused: what was written is measured now and then, and a container over its limit is killed.</summary>
    Watch,

    /// <summary>Limits are not looked at. A container can fill the cell's disk.</summary>
    Off,
}
