using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Client.Output;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Events;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary>
/// <c>--watch</c>: after it has shown something, the command goes on and shows its changes. On a terminal it draws the whole again in the
/// same place; elsewhere it prints what has changed.
/// </summary>
/// <param name="ofOne">Whether it shows a single object, so that its end is the end of the command.</param>
internal sealed class WatchFlag(bool ofOne)
{
    // A cluster that changes all the time would be listed all the time.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // Times that are shown grow.
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly Option<bool> _watch = new("--watch", "-w") { Description = "Go on and show changes until interrupted" };

    public void AddTo(Command command)
    {
        command.Options.Add(_watch);
        command.MayBePaged(parsed => parsed.GetValue(_watch));
    }

    /// <summary>Shows what <paramref name="loadAsync"/> reads, once or again and again.</summary>
    /// <param name="filter">Selects the events that may change it.</param>
    /// <param name="columns">Headings of its rows.</param>
    /// <param name="narrow">How many of the columns are printed unless the table is to be wide.</param>
    public async Task<int> ShowAsync(
        ParseResult parsed,
        ClientOptions client,
        FollowRequest filter,
        IReadOnlyList<string> columns,
        int narrow,
        Func<ClientSession, Printer, CancellationToken, Task<Listing>> loadAsync,
        CancellationToken cancellationToken
    )
    {
        using var session = client.Open(parsed);
        var printer = client.Printer(parsed);
        var first = await loadAsync(session, printer, cancellationToken);
        if (!parsed.GetValue(_watch))
        {
            Print(printer, first);
            return ExitCodes.Ok;
        }
        var shown = printer.Format == OutputFormat.Wide ? columns : [.. columns.Take(narrow)];
        var lines = new ChangeLines(printer, shown);
        var screen = printer is { IsTerminal: true, IsJson: false } ? new Redraw(printer.Out, printer.Paint) : null;
        var missing = new Listing([], [], on => on.Line("gone"));
        await WatchAsync(
            session,
            filter,
            missing,
            () => loadAsync(session, printer, cancellationToken),
            Show,
            screen is not null,
            cancellationToken
        );
        return ExitCodes.Ok;

        void Show(Listing listing)
        {
            if (screen is null)
            {
                lines.Print(listing);
                return;
            }
            using var drawn = new StringWriter();
            listing.Draw(printer.On(drawn));
            screen.Draw(drawn.ToString().TrimEnd('\n').Split('\n'));
        }
    }

    private static void Print(Printer printer, Listing listing)
    {
        if (!printer.IsJson)
        {
            listing.Draw(printer);
            return;
        }
        foreach (var (_, one) in listing.Objects)
            printer.Json(one);
    }

    // Listing again is slower than applying events to what was listed, but it is right for every command, and no command applies events
    // the way the BBS does.
    private async Task WatchAsync(
        ClientSession session,
        FollowRequest filter,
        Listing missing,
        Func<Task<Listing>> loadAsync,
        Action<Listing> show,
        bool ticks,
        CancellationToken cancellationToken
    )
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var changes = new Signal();
        var following = FollowAsync(session, filter, changes, ending.Token);
        Listing? last = null;
        try
        {
            while (true)
            {
                List<Task> next = [following, changes.WaitAsync()];
                if (ticks && last is not null)
                    next.Add(Task.Delay(Tick, session.Time, ending.Token));
                await Task.WhenAny(next);
                cancellationToken.ThrowIfCancellationRequested();
                if (following.IsCompleted)
                {
                    // Refused.
                    await following;
                    return;
                }
                var isChanged = changes.Take();
                if (isChanged && await TryLoadAsync(loadAsync, missing, changes) is { } loaded)
                    last = loaded;
                if (last is not null)
                    show(last);
                if (ofOne && ReferenceEquals(last, missing))
                    return;
                if (isChanged)
                    await Task.Delay(Pause, session.Time, cancellationToken);
            }
        }
        finally
        {
            ending.Cancel();
            await ((Task)following).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>Null if the BBS was away; the follower will report a change once it is back.</returns>
    private static async Task<Listing?> TryLoadAsync(Func<Task<Listing>> loadAsync, Listing missing, Signal changes)
    {
        try
        {
            return await loadAsync();
        }
        catch (DomainException failure) when (failure.Kind is ErrorKind.Unavailable or ErrorKind.NotActive or ErrorKind.Timeout)
        {
            changes.Set();
            return null;
        }
        catch (DomainException failure) when (failure.Kind == ErrorKind.ResourceNotFound)
        {
            return missing;
        }
    }

    private static async Task FollowAsync(ClientSession session, FollowRequest filter, Signal changes, CancellationToken cancellationToken)
    {
        var follower = new EventFollower(new GrpcBbsEvents(session.Bbs), filter, _ => Pause, session.Time, NullLogger.Instance)
        {
            Resumes = false,
            // What is listed from now on contains everything up to this revision.
            LoadAsync = async cancellation =>
            {
                var now = (await session.Cells.ListAsync(new ListCellsRequest(), session.Call(cancellation))).Revision;
                changes.Set();
                return now;
            },
            MayPass = failure => failure.Kind is ErrorKind.Unavailable or ErrorKind.NotActive or ErrorKind.Timeout,
        };
        await follower.RunAsync(
            async stream =>
            {
                await foreach (var change in stream.TakeAllAsync())
                {
                    if (change.PayloadCase != Event.PayloadOneofCase.Heartbeat)
                        changes.Set();
                }
                return false;
            },
            cancellationToken
        );
    }

    /// <summary>Says that something has happened at least once since somebody last looked.</summary>
    private sealed class Signal
    {
        private readonly Lock _lock = new();
        private TaskCompletionSource _set = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Set()
        {
            lock (_lock)
                _set.TrySetResult();
        }

        public Task WaitAsync()
        {
            lock (_lock)
                return _set.Task;
        }

        public bool Take()
        {
            lock (_lock)
            {
                if (!_set.Task.IsCompleted)
                    return false;
                _set = new(TaskCreationOptions.RunContinuationsAsynchronously);
                return true;
            }
        }
    }
}
