using System.Text;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Logs;

/// <summary>Saves the end of a container's log before the container is destroyed.</summary>
/// <param name="bytes">Maximum size of the text kept of one container.</param>
internal sealed class EndedLogs(IEndedContainers kept, IContainerRuntime runtime, RepMetrics metrics, int bytes)
{
    /// <summary>Limit for very short lines, as each line has some overhead; fewer bytes than allowed are then kept.</summary>
    private const int MostLines = 1_000;

    /// <summary>
    /// A record of a process's log has about 40 bytes besides its text, and half of what is read may be another process's.
    /// </summary>
    private const int ReadFor = 4;

    private const string ProbesOfMonitor = "monitor.";

    public IEndedContainers Kept { get; } = kept;

    /// <param name="ended">The record, without lines.</param>
    /// <param name="logSource">Log source of processes whose own is no longer known.</param>
    public async Task KeepAsync(
        EndedContainer ended,
        ContainerLog log,
        string logSource,
        long bytesPerSecond,
        CancellationToken cancellation
    )
    {
        if (log.Read(0, 0).Processes.Count == 0)
            await FindProcessesAsync(ended.ContainerGuid, log, logSource, cancellation);
        var reader = new ContainerLogReader(runtime, ended.ContainerGuid, log, bytesPerSecond, metrics);
        var lines = await reader.LastAsync(MostLines, (long)bytes * ReadFor, cancellation);
        await Kept.KeepAsync(ended with { Lines = Last(lines) }, cancellation);
    }

    /// <summary>A rep that finds a container ended has not run its steps, so its log has no processes yet.</summary>
    private async Task FindProcessesAsync(string handle, ContainerLog log, string logSource, CancellationToken cancellation)
    {
        if (await runtime.GetAsync(handle, cancellation) is not { } container)
            return;
        foreach (var id in container.Processes.Where(id => !id.StartsWith(ProbesOfMonitor, StringComparison.Ordinal)))
            log.Add(new LoggedProcess(id, logSource));
    }

    private List<ContainerLogLine> Last(IReadOnlyList<ContainerLogLine> lines)
    {
        var (first, room) = (lines.Count, (long)bytes);
        while (first > 0 && (room -= Encoding.UTF8.GetByteCount(lines[first - 1].Text) + 1) >= 0)
            first--;
        return [.. lines.Skip(first)];
    }
}
