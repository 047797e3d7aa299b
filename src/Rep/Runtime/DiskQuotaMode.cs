namespace Scheduler.Rep.Runtime;

/// <summary>How a cell enforces the disk limits of its containers.</summary>
public enum DiskQuotaMode
{
    /// <summary>Project quotas if the state directory's file system has them, otherwise a volume for each container.</summary>
    Auto,

    /// <summary>
    /// The state directory's file system counts a container's writes and refuses those above the limit: ext4 or xfs with prjquota.
    /// </summary>
    Project,

    /// <summary>
    /// Each container writes to its own file system, an ext4 of exactly that size in a sparse file below the state directory.
    /// </summary>
    Loop,

    /// <summary>Writes are not refused: usage is measured periodically, and a container above its limit is killed.</summary>
    Watch,

    /// <summary>Limits are ignored. A container can fill the cell's disk.</summary>
    Off,
}
