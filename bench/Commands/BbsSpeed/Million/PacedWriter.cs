using Grpc.Core;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Bench.Commands.BbsSpeed.Million;

/// <summary>
/// Changes the annotation of LRPs at a steady rate, over the BBS's API. A few callers share the rate, each with one call at a time; one
/// that is late does not catch up, so an overloaded BBS gets no more than that many calls at once.
/// </summary>
internal sealed class PacedWriter(CallInvoker bbs, MillionOptions options, TimeProvider time)
{
    private const int Callers = 8;

    // About what a call of a cell or of a syncing client carries.
    private const int ChangesPerCall = 20;

    private readonly ChangeService.ChangeServiceClient _changes = new(bbs);
    private readonly long _began = time.GetTimestamp();
    private long _written;
    private int _next;

    /// <summary>LRPs changed per second since the beginning.</summary>
    public double PerSecond => Interlocked.Read(ref _written) / time.GetElapsedTime(_began).TotalSeconds;

    /// <summary>Writes until cancelled.</summary>
    /// <exception cref="DomainException">A change was refused.</exception>
    public Task RunAsync(CancellationToken ending) =>
        options.Writes == 0 ? Task.CompletedTask : Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => CallAsync(caller, ending)));

    private async Task CallAsync(int caller, CancellationToken ending)
    {
        var interval = TimeSpan.FromSeconds((double)Callers * ChangesPerCall / options.Writes);
        var due = interval * ((double)caller / Callers);
        try
        {
            while (true)
            {
                var now = time.GetElapsedTime(_began);
                if (due > now)
                    await Task.Delay(due - now, time, ending);
                else
                    due = now;
                due += interval;
                await ChangeAsync(ending);
            }
        }
        catch (Exception failure) when (ending.IsCancellationRequested && failure is OperationCanceledException or DomainException)
        {
            // Enough was measured.
        }
    }

    private async Task ChangeAsync(CancellationToken ending)
    {
        var request = new ApplyChangesRequest();
        for (var i = 0; i < ChangesPerCall; i++)
        {
            // Spread over all LRPs, none twice in a row.
            var number = (uint)Interlocked.Increment(ref _next);
            request.Changes.Add(
                new Change
                {
                    UpdateLrp = new UpdateDesiredLRPRequest
                    {
                        ProcessGuid = StoredFleet.ProcessGuid((int)(number * 7919L % options.Processes)),
                        Update = new DesiredLRPUpdate { Annotation = $"change {number}" },
                    },
                }
            );
        }

        var answer = await _changes.ApplyAsync(request, cancellationToken: ending);
        if (answer.Answers.FirstOrDefault(item => item.Error is not null) is { } refused)
            throw new DomainError(ErrorKind.Unknown, refused.Error.Message).ToException();
        Interlocked.Add(ref _written, ChangesPerCall);
    }
}
