using Scheduler.Rep.Journal;
using Scheduler.Rep.Logs;

namespace Scheduler.Rep.Runs;

/// <summary>Puts by what a container leaves behind. Before its end is reported: whoever is told of the end can read how it came about.</summary>
internal static class LogKeeping
{
    /// <param name="work">Null when it cannot be read any more.</param>
    public static async Task KeepAsync(RunServices services, JournalEntry entry, Outcome outcome, WorkDefinition? work, ContainerLog log, CancellationToken cancellation)
    {
        if (services.Ended is not { } ended) return;
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
            // A full disk, for instance. The end itself must be told all the same.
            services.Logger.LogNotKept(entry.ContainerGuid, failure);
        }
    }
}
