using Scheduler.Rep.Health;
using Scheduler.Rep.Journal;
using Scheduler.Rep.Steps;

namespace Scheduler.Rep.Runs;

/// <summary>
/// The phase after setup: runs the action, its sidecars and the health check in parallel until one of them ends the run. The cause
/// is written to the journal before the others are signalled, so that a restarted rep reports the same outcome.
/// </summary>
internal sealed class ActionPhase(
    string containerGuid,
    IReadOnlyList<Step> members,
    LivenessLoop? liveness,
    ReadinessLoop? readiness,
    ContainerJournal journal,
    IRunEvents events,
    TimeProvider time
)
{
    private const int None = -1;
    private const string FirstCheck = "health.first";
    private const string Routable = "health.routable";
    private readonly TaskCompletionSource _ending = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StopSignal[] _stops = new StopSignal[members.Count];

    /// <summary>The routability last reported before a restart; always true without readiness checks.</summary>
    public static bool WasRoutable(WorkDefinition work) =>
        work.Lrp?.CheckDefinition is not { ReadinessChecks.Count: > 0 } || work.Entry.Notes.GetValueOrDefault(Routable) == 1;

    /// <summary>Returns the error, or null. A container that was asked to stop returns a cancellation.</summary>
    public async Task<StepError?> RunAsync(StopSignal stop, CancellationToken detach)
    {
        for (var i = 0; i < _stops.Length; i++)
            _stops[i] = stop.Child();
        if (journal.Entry.Ending is { } ending)
            StopMembers(ending);

        using var watching = CancellationTokenSource.CreateLinkedTokenSource(detach);
        var watch = WatchAsync(watching.Token);
        StepResult[] results;
        try
        {
            results = await Task.WhenAll(members.Select(RunMemberAsync));
            // An action that exits with 0 under a health check has started a daemon: only the check or a stop ends the container then.
            if (journal.Entry.Ending is null && !stop.IsRequested)
                await Waits.EitherAsync(_ending.Task, stop.Requested, detach);
        }
        finally
        {
            watching.Cancel();
            await Waits.EndAsync(watch);
        }

        var errors = results.Select(result => result.Error).OfType<StepError>().ToList();
        if (journal.Entry.Ending?.Reason is { } reason)
            errors.Add(new StepError(reason));
        return StepError.Join(errors);

        async Task<StepResult> RunMemberAsync(Step member, int index)
        {
            StepResult result;
            try
            {
                result = await member.RunAsync(_stops[index], () => Ready(index), detach);
            }
            catch (Exception failure) when (!detach.IsCancellationRequested)
            {
                // For example a full disk: a member that throws ends the others, as one that fails does.
                result = StepResult.Failed(failure.Message);
            }

            var endsAll = !result.Succeeded || members.Count > 1 || liveness is null;
            if (endsAll && !_stops[index].IsRequested)
                await EndAsync(index, null);
            return result;
        }
    }

    /// <summary>Ends the run because its container is gone.</summary>
    public Task VanishedAsync() => EndAsync(None, ExitReasons.MissingContainer);

    /// <summary>The first cause wins.</summary>
    private async Task EndAsync(int member, string? reason)
    {
        var ending = new Ending(member, reason, time.GetUtcNow());
        await journal.UpdateAsync(entry => entry.Ending is null ? entry with { Ending = ending } : entry);
        StopMembers(journal.Entry.Ending!);
        _ending.TrySetResult();
    }

    private void StopMembers(Ending ending)
    {
        for (var i = 0; i < _stops.Length; i++)
        {
            // Null if the container vanished before the phase started; the members then find the ending in the journal.
            if (i != ending.Member)
                _stops[i]?.Request(ending.At);
        }
    }

    private void Ready(int index)
    {
        if (index == 0)
            _started.TrySetResult();
    }

    private async Task WatchAsync(CancellationToken detach)
    {
        try
        {
            var wasRunning = journal.Entry.RunningSince is not null;
            if (!wasRunning)
            {
                if (liveness is null)
                    await Waits.EndAsync(_started.Task, detach);
                else if (await StartsAsync(liveness, detach) is { } never)
                {
                    await EndAsync(None, never);
                    return;
                }

                await journal.UpdateAsync(entry => entry with { RunningSince = time.GetUtcNow() });
            }

            var routable = readiness is null || journal.Note(Routable) == 1;
            await events.RunningAsync(containerGuid, routable);
            if (readiness is not null)
                await Task.WhenAll(LivesAsync(detach), readiness.RunAsync(routable, ToggleAsync, detach));
            else
                await LivesAsync(detach);
        }
        catch (OperationCanceledException) when (detach.IsCancellationRequested) { }
        catch (Exception failure)
        {
            // Otherwise the container would run without health checks.
            await EndAsync(None, $"Instance became unhealthy: {failure.Message}");
        }
    }

    private async Task<string?> StartsAsync(LivenessLoop checks, CancellationToken detach)
    {
        var first = await journal.TimeOfAsync(FirstCheck, time.GetUtcNow());
        return await checks.BecomesHealthyAsync(first, detach);
    }

    private async Task LivesAsync(CancellationToken detach)
    {
        if (liveness is not null)
            await EndAsync(None, await liveness.BecomesUnhealthyAsync(detach));
    }

    private async Task ToggleAsync(bool routable)
    {
        await journal.UpdateAsync(entry =>
            entry with
            {
                Notes = new Dictionary<string, long>(entry.Notes) { [Routable] = routable ? 1 : 0 },
            }
        );
        await events.RoutableAsync(containerGuid, routable);
    }
}
