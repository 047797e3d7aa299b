using Grpc.Core;
using Scheduler.Client.Output;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary>
/// Adds to the progress of a command that waits for containers how far the images are that they wait for. The cells are asked, seldom
/// and only while there is something to wait for.
/// </summary>
internal sealed class PullWatch(ClientSession session, Action<string> progress)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    /// <summary>A large image takes minutes, and each line stays in the logs of a pipeline.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(8);

    /// <summary>Cells that are asked.</summary>
    private const int MostCells = 16;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _silent = new(StringComparer.Ordinal);
    private string _text = "";
    private IReadOnlyDictionary<string, string> _cells = new Dictionary<string, string>();

    /// <summary>Shows how far a wait is, from its events and from the cells.</summary>
    /// <param name="wait">Is given a function to call with its text and the containers being created, by GUID, with their cells.</param>
    public static async Task<T> DuringAsync<T>(
        ClientSession session,
        Action<string> progress,
        Func<Action<string, IEnumerable<(string Container, string Cell)>>, Task<T>> wait,
        CancellationToken cancellationToken
    )
    {
        var watch = new PullWatch(session, progress);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var asking = watch.AskAsync(ending.Token);
        try
        {
            return await wait(watch.Show);
        }
        finally
        {
            await ending.CancelAsync();
            await asking;
        }
    }

    private void Show(string text, IEnumerable<(string Container, string Cell)> containers)
    {
        lock (_lock)
        {
            _text = text;
            _cells = containers.DistinctBy(container => container.Container).ToDictionary(pair => pair.Container, pair => pair.Cell);
            progress(text);
        }
    }

    private async Task AskAsync(CancellationToken cancellation)
    {
        try
        {
            for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
            {
                await Task.Delay(pause, session.Time, cancellation);
                await AskOnceAsync(cancellation);
            }
        }
        catch (Exception failure)
            when (failure is OperationCanceledException or DomainException or RpcException && cancellation.IsCancellationRequested)
        {
            // The wait has ended, and with it what a question under way would have said, be it that it failed.
        }
    }

    private async Task AskOnceAsync(CancellationToken cancellation)
    {
        IReadOnlyDictionary<string, string> waiting;
        lock (_lock)
            waiting = _cells;
        var names = waiting.Values.Distinct().Except(_silent).Order(StringComparer.Ordinal).Take(MostCells).ToHashSet();
        if (names.Count == 0)
            return;
        var texts = new List<string>();
        try
        {
            var listed = await session.Cells.ListAsync(new ListCellsRequest(), session.Call(cancellation));
            foreach (
                var cell in listed.Cells.Where(cell => names.Contains(cell.CellId)).OrderBy(cell => cell.CellId, StringComparer.Ordinal)
            )
            {
                if (await PullsAsync(cell, cancellation) is { } pulls)
                    texts.AddRange(
                        pulls
                            .Where(pull => waiting.ContainsKey(pull.ContainerGuid))
                            .Take(1)
                            .Select(pull => PullTexts.Describe(cell.CellId, pull))
                    );
            }
        }
        catch (Exception failure) when (failure is DomainException or RpcException && !cancellation.IsCancellationRequested)
        {
            // The wait itself reports a BBS that does not answer.
            return;
        }

        lock (_lock)
        {
            if (texts.Count > 0 && ReferenceEquals(waiting, _cells))
                progress($"{_text}; {PullTexts.Join(texts)}");
        }
    }

    /// <summary>Null from a cell that does not answer, now or ever: the wait does not depend on it.</summary>
    private async Task<IReadOnlyList<ImagePull>?> PullsAsync(CellPresence cell, CancellationToken cancellation)
    {
        try
        {
            return (await session.Images(cell).ListPullsAsync(new ListPullsRequest(), session.Call(cancellation))).Pulls;
        }
        catch (Exception failure) when (failure is DomainException or RpcException && !cancellation.IsCancellationRequested)
        {
            _silent.Add(cell.CellId);
            return null;
        }
    }
}
