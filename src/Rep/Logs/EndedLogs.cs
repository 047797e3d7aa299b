using System.Text;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Logs;

/// <summary>Takes what is to be kept of a container's log before the container goes.</summary>
/// <param name="bytes">Of text that is kept of one container.</param>
internal sealed class EndedLogs(IEndedContainers kept, IContainerRuntime runtime, RepMetrics metrics, int bytes)
{
    /// <summary>Of very short lines fewer bytes are kept than could be; each line takes some room of its own.</summary>
    private const int MostLines = 1_000;

    /// <summary>A record of a process's log has some 40 bytes beside its text, and half of what is read may be another process's.</summary>
    private const int ReadFor = 4;

    private const string ProbesOfMonitor = "monitor.";

    public IEndedContainers Kept { get; } = kept;

    /// <param name="ended">Without its lines.</param>
    /// <param name="logSource">Of processes whose own is not known any more.</param>
    public async Task KeepAsync(EndedContainer ended, ContainerLog log, string logSource, long bytesPerSecond, CancellationToken cancellation)
    {
        if (log.Read(0, 0).Processes.Count == 0) await FindProcessesAsync(ended.ContainerGuid, log, logSource, cancellation);
        var reader = new ContainerLogReader(runtime, ended.ContainerGuid, log, bytesPerSecond, metrics);
        var lines = await reader.LastAsync(MostLines, (long)bytes * ReadFor, cancellation);
        await Kept.KeepAsync(ended with { Lines = Last(lines) }, cancellation);
    }

    /// <summary>A rep that finds a container ended has not run its steps.</summary>
    private async Task FindProcessesAsync(string handle, ContainerLog log, string logSource, CancellationToken cancellation)
    {
        if (await runtime.GetAsync(handle, cancellation) is not { } container) return;
        foreach (var id in container.Processes.Where(id => !id.StartsWith(ProbesOfMonitor, StringComparison.Ordinal)))
            log.Add(new LoggedProcess(id, logSource));
    }

    private List<ContainerLogLine> Last(IReadOnlyList<ContainerLogLine> lines)
    {
        var (first, room) = (lines.Count, (long)bytes);
        while (first > 0 && (room -= Encoding.UTF8.GetByteCount(lines[first - 1].Text) + 1) >= 0) first--;
        return [.. lines.Skip(first)];
    }
}
