using System.Threading.Channels;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Cli.Client;

/// <summary>Waits for something to become true of one process, looking again whenever an event touches it.</summary>
internal static class LrpWatch
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500);

    /// <param name="look">Sees the rows of the process; true ends the wait.</param>
    /// <exception cref="DomainException">Timeout after <paramref name="limit"/>, with what was seen last.</exception>
    public static async Task UntilAsync(
        ClientSession session, string processGuid, TimeSpan limit, Func<IReadOnlyList<ActualLRP>, (bool Done, string Progress)> look, Action<string> progress, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(limit, session.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var last = "nothing was seen of it";
        try
        {
            while (true)
            {
                var (rows, revision) = await session.ActualLrpsAsync(new ListActualLRPsRequest { ProcessGuid = processGuid }, both.Token);
                (var done, last) = look(rows);
                progress(last);
                if (done)
                    return;
                await FollowAsync(session, processGuid, revision, async () =>
                {
                    (rows, _) = await session.ActualLrpsAsync(new ListActualLRPsRequest { ProcessGuid = processGuid }, both.Token);
                    (done, last) = look(rows);
                    progress(last);
                    return done;
                }, both.Token);
                if (done)
                    return;
                await Task.Delay(Retry, session.Time, both.Token);
            }
        }
        catch (Exception failure) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested && failure is OperationCanceledException or DomainException { Kind: ErrorKind.Timeout })
        {
            throw new DomainException(new DomainError(ErrorKind.Timeout, $"not within {Output.Texts.Span(limit)}: {last}"), failure);
        }
    }

    // Events come faster than lists: those that arrive during one look make one further look together.
    private static async Task FollowAsync(ClientSession session, string processGuid, ulong revision, Func<Task<bool>> look, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        var reading = ReadAsync();
        try
        {
            while (await news.Reader.WaitToReadAsync(cancellationToken))
            {
                news.Reader.TryRead(out _);
                if (await look())
                    return;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await reading;
        }

        async Task ReadAsync()
        {
            try
            {
                using var call = session.Events.Follow(new FollowRequest { AfterRevision = revision, Lrps = true }, ClientSession.Endless(stop.Token));
                while (await call.ResponseStream.MoveNext(stop.Token))
                {
                    if (EventTexts.ProcessGuid(call.ResponseStream.Current) == processGuid)
                        news.Writer.TryWrite(true);
                }
            }
            catch (Exception failure) when (failure is OperationCanceledException or DomainException)
            {
                // The caller lists again and follows from there.
            }

            news.Writer.Complete();
        }
    }
}
