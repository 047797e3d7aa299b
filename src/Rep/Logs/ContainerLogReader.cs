using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Scheduler.Models;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Logs;

/// <summary>One line of a container's log, whoever it is from.</summary>
internal readonly record struct ContainerLogLine(DateTimeOffset Time, LogStream Stream, string Source, string Text);

/// <summary>
/// Puts the output of a container's processes and the cell's own lines together, in the order of their time; what follows
/// after that comes as it happens. Nothing is copied anywhere: the runtime keeps the output, and each reader reads it.
/// </summary>
/// <param name="bytesPerSecond">The container's log rate limit, applied to its output, not to the cell's lines.</param>
internal sealed class ContainerLogReader(IContainerRuntime runtime, string handle, ContainerLog log, long bytesPerSecond, RepMetrics metrics)
{
    // Lines that a reader has not taken yet. When it is full the runtime waits: its logs are bounded, so nothing grows.
    private const int Ahead = 256;
    private readonly LogRateLimiter _limiter = new(bytesPerSecond);
    private readonly Dictionary<string, LogCursor> _cursors = [];
    private long _lastNumber;

    /// <param name="tail">Only the last so many lines first; 0: all that are kept.</param>
    public async IAsyncEnumerable<ContainerLogLine> ReadAsync(int tail, bool follow, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (processes, said, _) = log.Read(0, 0);
        var kept = await KeptAsync(processes, said, LogCursor.Start, tail, cancellation);
        foreach (var line in kept)
        {
            if (Admit(line, out var passed)) yield return passed.Line;
        }

        if (!follow) yield break;

        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var lines = Channel.CreateBounded<Raw>(new BoundedChannelOptions(Ahead) { SingleReader = true });
        var pump = PumpAsync(lines.Writer, reading.Token);
        try
        {
            while (await lines.Reader.WaitToReadAsync(cancellation))
            {
                while (lines.Reader.TryRead(out var line))
                {
                    if (Admit(line, out var passed)) yield return passed.Line;
                }
            }
        }
        finally
        {
            reading.Cancel();
            await Waits.EndAsync(pump);
        }
    }

    /// <summary>The last lines that are there now.</summary>
    /// <param name="bytes">Of each process's log; what lies before is not looked at.</param>
    public async Task<IReadOnlyList<ContainerLogLine>> LastAsync(int lines, long bytes, CancellationToken cancellation)
    {
        var (processes, said, _) = log.Read(0, 0);
        var last = new List<ContainerLogLine>();
        foreach (var line in await KeptAsync(processes, said, LogCursor.Last(bytes), lines, cancellation))
        {
            if (Admit(line, out var passed)) last.Add(passed.Line);
        }

        return last;
    }

    private async Task<List<Raw>> KeptAsync(IReadOnlyList<LoggedProcess> processes, IReadOnlyList<PlatformLine> said, LogCursor from, int tail, CancellationToken cancellation)
    {
        var kept = new List<Raw>();
        foreach (var line in said)
        {
            _lastNumber = line.Number;
            kept.Add(Raw.Of(line));
        }

        foreach (var process in processes)
        {
            // Of each process no more than the tail can be in the tail of all.
            var last = new Queue<Raw>();
            var cursor = from;
            await foreach (var line in LinesAsync(process.ProcessId, cursor, follow: false, cancellation))
            {
                last.Enqueue(Raw.Of(line, process));
                if (tail > 0 && last.Count > tail) last.Dequeue();
                cursor = line.Next;
            }

            _cursors[process.ProcessId] = cursor;
            kept.AddRange(last);
        }

        // Stable: lines of one moment stay in the order in which their process wrote them.
        kept = [.. kept.OrderBy(raw => raw.Line.Time)];
        return tail > 0 && kept.Count > tail ? kept[^tail..] : kept;
    }

    /// <summary>Follows the cell's own lines and every process, those that start meanwhile included, until the container is gone.</summary>
    private async Task PumpAsync(ChannelWriter<Raw> lines, CancellationToken cancellation)
    {
        var followers = new List<Task>();
        var known = 0;
        try
        {
            while (true)
            {
                var (processes, said, more) = log.Read(known, _lastNumber);
                known += processes.Count;
                foreach (var process in processes) followers.Add(FollowAsync(process, lines, cancellation));
                foreach (var line in said)
                {
                    _lastNumber = line.Number;
                    await lines.WriteAsync(Raw.Of(line), cancellation);
                }

                if (more is null) break;
                await Waits.EndAsync(more).WaitAsync(cancellation);
            }

            await Task.WhenAll(followers);
            lines.TryComplete();
        }
        catch (Exception failure)
        {
            lines.TryComplete(failure);
            await Task.WhenAll(followers.Select(Waits.EndAsync));
        }
    }

    private async Task FollowAsync(LoggedProcess process, ChannelWriter<Raw> lines, CancellationToken cancellation)
    {
        await foreach (var line in LinesAsync(process.ProcessId, _cursors.GetValueOrDefault(process.ProcessId, LogCursor.Start), follow: true, cancellation))
        {
            await lines.WriteAsync(Raw.Of(line, process), cancellation);
        }
    }

    private async IAsyncEnumerable<LogLine> LinesAsync(string processId, LogCursor from, bool follow, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var lines = runtime.LogsAsync(handle, processId, from, follow, cancellation).GetAsyncEnumerator(cancellation);
        while (true)
        {
            try
            {
                if (!await lines.MoveNextAsync()) yield break;
            }
            catch (Exception failure) when (failure is DomainException or ContainerRuntimeException)
            {
                // The container was destroyed under the reader: its output ends here.
                yield break;
            }

            yield return lines.Current;
        }
    }

    private bool Admit(Raw raw, out Raw passed)
    {
        passed = raw;
        if (raw.Bytes < 0) return true;
        switch (_limiter.Admit(raw.Line.Time, raw.Bytes))
        {
            case LogRateLimiter.Decision.Pass:
                return true;
            case LogRateLimiter.Decision.DropAndSay:
                metrics.LogRateExceeded();
                passed = raw with { Line = raw.Line with { Text = _limiter.Notice, Stream = LogStream.Stdout } };
                return true;
            default:
                return false;
        }
    }

    /// <param name="Bytes">That count against the limit; −1 for the cell's own.</param>
    private readonly record struct Raw(ContainerLogLine Line, int Bytes)
    {
        public static Raw Of(PlatformLine line) => new(new ContainerLogLine(line.Time, line.Stream, line.Source, line.Text), -1);

        public static Raw Of(LogLine line, LoggedProcess process) =>
            new(new ContainerLogLine(line.Time, line.Stream, process.Source, Encoding.UTF8.GetString(line.Content.Span)), line.Content.Length);
    }
}
