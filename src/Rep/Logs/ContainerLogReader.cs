using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Scheduler.Models;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Logs;

/// <summary>One line of a container's log, from any source.</summary>
internal readonly record struct ContainerLogLine(DateTimeOffset Time, LogStream Stream, string Source, string Text);

/// <summary>
/// Merges the output of a container's processes with the cell's own lines in time order; later lines follow as they arrive.
/// Nothing is copied: the runtime keeps the output, and each reader reads it there.
/// </summary>
/// <param name="bytesPerSecond">The container's log rate limit; applies to its output, not to the cell's lines.</param>
internal sealed class ContainerLogReader(
    IContainerRuntime runtime,
    string handle,
    ContainerLog log,
    long bytesPerSecond,
    RepMetrics metrics
)
{
    // Buffer of lines not read yet. When it is full, reading from the runtime pauses; the runtime's logs are bounded, so nothing grows.
    private const int Ahead = 256;
    private readonly LogRateLimiter _limiter = new(bytesPerSecond);
    private readonly Dictionary<string, LogCursor> _cursors = [];
    private long _lastNumber;

    /// <param name="tail">Start with at most this many of the latest lines; 0: all lines kept.</param>
    public async IAsyncEnumerable<ContainerLogLine> ReadAsync(
        int tail,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var (processes, said, _) = log.Read(0, 0);
        var kept = await KeptAsync(processes, said, LogCursor.Start, tail, cancellation);
        foreach (var line in kept)
        {
            if (Admit(line, out var passed))
                yield return passed.Line;
        }

        if (!follow)
            yield break;

        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var lines = Channel.CreateBounded<Raw>(new BoundedChannelOptions(Ahead) { SingleReader = true });
        var pump = PumpAsync(lines.Writer, reading.Token);
        try
        {
            while (await lines.Reader.WaitToReadAsync(cancellation))
            {
                while (lines.Reader.TryRead(out var line))
                {
                    if (Admit(line, out var passed))
                        yield return passed.Line;
                }
            }
        }
        finally
        {
            reading.Cancel();
            await Waits.EndAsync(pump);
        }
    }

    /// <summary>The last of the lines that exist now.</summary>
    /// <param name="bytes">Bytes to read at the end of each process's log; anything before is ignored.</param>
    public async Task<IReadOnlyList<ContainerLogLine>> LastAsync(int lines, long bytes, CancellationToken cancellation)
    {
        var (processes, said, _) = log.Read(0, 0);
        var last = new List<ContainerLogLine>();
        foreach (var line in await KeptAsync(processes, said, LogCursor.Last(bytes), lines, cancellation))
        {
            if (Admit(line, out var passed))
                last.Add(passed.Line);
        }

        return last;
    }

    private async Task<List<Raw>> KeptAsync(
        IReadOnlyList<LoggedProcess> processes,
        IReadOnlyList<PlatformLine> said,
        LogCursor from,
        int tail,
        CancellationToken cancellation
    )
    {
        var kept = new List<Raw>();
        foreach (var line in said)
        {
            _lastNumber = line.Number;
            kept.Add(Raw.Of(line));
        }

        foreach (var process in processes)
        {
            // No process can contribute more lines than the whole tail.
            var last = new Queue<Raw>();
            var cursor = from;
            await foreach (var line in LinesAsync(process.ProcessId, cursor, follow: false, cancellation))
            {
                last.Enqueue(Raw.Of(line, process));
                if (tail > 0 && last.Count > tail)
                    last.Dequeue();
                cursor = line.Next;
            }

            _cursors[process.ProcessId] = cursor;
            kept.AddRange(last);
        }

        // Stable sort: lines with the same time stay in the order in which their process wrote them.
        kept = [.. kept.OrderBy(raw => raw.Line.Time)];
        return tail > 0 && kept.Count > tail ? kept[^tail..] : kept;
    }

    /// <summary>Follows the cell's own lines and every process, including those that start later, until the container is gone.</summary>
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
                foreach (var process in processes)
                    followers.Add(FollowAsync(process, lines, cancellation));
                foreach (var line in said)
                {
                    _lastNumber = line.Number;
                    await lines.WriteAsync(Raw.Of(line), cancellation);
                }

                if (more is null)
                    break;
                await Waits.EndAsync(more, cancellation);
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
        await foreach (
            var line in LinesAsync(
                process.ProcessId,
                _cursors.GetValueOrDefault(process.ProcessId, LogCursor.Start),
                follow: true,
                cancellation
            )
        )
        {
            await lines.WriteAsync(Raw.Of(line, process), cancellation);
        }
    }

    private async IAsyncEnumerable<LogLine> LinesAsync(
        string processId,
        LogCursor from,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await using var lines = runtime.LogsAsync(handle, processId, from, follow, cancellation).GetAsyncEnumerator(cancellation);
        while (true)
        {
            try
            {
                if (!await lines.MoveNextAsync())
                    yield break;
            }
            catch (Exception failure) when (failure is DomainException or ContainerRuntimeException)
            {
                // The container was destroyed while reading: its output ends here.
                yield break;
            }

            yield return lines.Current;
        }
    }

    private bool Admit(Raw raw, out Raw passed)
    {
        passed = raw;
        if (raw.Bytes < 0)
            return true;
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

    /// <param name="Bytes">Bytes that count against the limit; −1 for the cell's own lines.</param>
    private readonly record struct Raw(ContainerLogLine Line, int Bytes)
    {
        public static Raw Of(PlatformLine line) => new(new ContainerLogLine(line.Time, line.Stream, line.Source, line.Text), -1);

        public static Raw Of(LogLine line, LoggedProcess process) =>
            new(
                new ContainerLogLine(line.Time, line.Stream, process.Source, Encoding.UTF8.GetString(line.Content.Span)),
                line.Content.Length
            );
    }
}
