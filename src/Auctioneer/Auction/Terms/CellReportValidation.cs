using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Terms;

/// <summary>Validation of cell reports. Returns the first broken rule; an invalid report is not used at all.</summary>
internal static class CellReportValidation
{
    private const int MaxIdLength = 255;

    public static DomainError? Check(CellReport report)
    {
        if (CheckId(report.Cell) is { } id)
            return id;
        if (report.Zone is null)
            return DomainError.Invalid("zone", "must be set");
        if (AtLeast("total", report.Total, 1) is { } total)
            return total;
        if (CheckNumbers(report.Available, report.Total, report.StartingContainerCount, report.Tasks) is { } numbers)
            return numbers;
        if (report.ProxyMemoryMb < 0)
            return DomainError.Invalid("proxy_memory_mb", "must be at least 0");
        if (report.Revision < 0)
            return DomainError.Invalid("revision", "must be at least 0");
        if (CheckProviders(report.RootFsProviders) is { } providers)
            return providers;
        return CheckProcesses(report.Processes, minimum: 1);
    }

    public static DomainError? Check(CellChange change, Resources total)
    {
        if (CheckNumbers(change.Available, total, change.StartingContainerCount, change.Tasks) is { } numbers)
            return numbers;
        if (change.Revision <= change.PreviousRevision)
            return DomainError.Invalid("revision", "must be greater than previous_revision");
        return CheckProcesses(change.Processes, minimum: 0);
    }

    private static DomainError? CheckId(CellId cell) =>
        string.IsNullOrEmpty(cell.Value) || cell.Value.Length > MaxIdLength
            ? DomainError.Invalid("cell_id", $"must have 1 to {MaxIdLength} characters")
            : null;

    private static DomainError? CheckNumbers(Resources available, Resources total, int starting, int tasks)
    {
        if (AtLeast("available", available, 0) is { } negative)
            return negative;
        if (available.MemoryMb > total.MemoryMb)
            return MoreThanTotal("memory_mb", available.MemoryMb, total.MemoryMb);
        if (available.DiskMb > total.DiskMb)
            return MoreThanTotal("disk_mb", available.DiskMb, total.DiskMb);
        if (available.Containers > total.Containers)
            return MoreThanTotal("containers", available.Containers, total.Containers);
        if (starting < 0)
            return DomainError.Invalid("starting_container_count", "must be at least 0");
        if (tasks < 0)
            return DomainError.Invalid("tasks", "must be at least 0");
        return null;
    }

    private static DomainError? AtLeast(string field, Resources value, int minimum)
    {
        if (value.MemoryMb < minimum)
            return DomainError.Invalid($"{field}.memory_mb", $"must be at least {minimum}");
        if (value.DiskMb < minimum)
            return DomainError.Invalid($"{field}.disk_mb", $"must be at least {minimum}");
        if (value.Containers < minimum)
            return DomainError.Invalid($"{field}.containers", $"must be at least {minimum}");
        return null;
    }

    private static DomainError MoreThanTotal(string field, int available, int total) =>
        DomainError.Invalid($"available.{field}", $"must be at most the total of {total}, and is {available}");

    private static DomainError? CheckProviders(IReadOnlyList<RootFsProvider> providers)
    {
        for (var i = 0; i < providers.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (providers[i].Scheme == providers[j].Scheme)
                    return DomainError.Invalid("rootfs_providers", $"must not repeat the scheme \"{providers[i].Scheme}\"");
            }
        }

        return null;
    }

    private static DomainError? CheckProcesses(IReadOnlyList<ProcessCount> processes, int minimum)
    {
        if (processes.Count == 0)
            return null;
        var seen = new HashSet<string>(processes.Count, StringComparer.Ordinal);
        for (var i = 0; i < processes.Count; i++)
        {
            if (string.IsNullOrEmpty(processes[i].ProcessGuid))
                return DomainError.Invalid("processes.process_guid", "must be set");
            if (processes[i].Count < minimum)
                return DomainError.Invalid("processes.count", $"must be at least {minimum}");
            if (!seen.Add(processes[i].ProcessGuid))
                return DomainError.Invalid("processes", $"must not repeat the process \"{processes[i].ProcessGuid}\"");
        }

        return null;
    }
}
