using Scheduler.Rep.Journal;
using Scheduler.Rep.Logs;

namespace Scheduler.Rep.Runs;

/// <summary>
/// Keeps the end of a container's log before its end is reported, so that whoever receives the report can read the cause.
/// </summary>
internal static class LogKeeping
{
    /// <param name="work">Null if it is unreadable.</param>
    public static async Task KeepAsync(
        RunServices services,
        JournalEntry entry,
        Outcome outcome,
        WorkDefinition? work,
        ContainerLog log,
        CancellationToken cancellation
    )
    {
        if (services.Ended is not { } ended)
            return;
        var left = new EndedContainer
        {
            ContainerGuid = entry.ContainerGuid,
            Guid = entry.IsTask ? entry.ContainerGuid : entry.ProcessGuid,
            IsTask = entry.IsTask,
            Index = entry.Index,
            EndedAt = services.Time.GetUtcNow(),
            Stopped = outcome.Stopped,
            Reason = outcome.Reason,
        };
        try
        {
            await ended.KeepAsync(left, log, work?.LogSource ?? "LOG", work?.LogBytesPerSecond ?? -1, cancellation);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            // For example a full disk. The end itself must be reported nevertheless.
            services.Logger.LogNotKept(entry.ContainerGuid, failure);
        }
    }
}
