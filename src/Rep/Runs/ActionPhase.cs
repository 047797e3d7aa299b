using Scheduler.Rep.Health;
using Scheduler.Rep.Journal;
using Scheduler.Rep.Steps;

namespace Scheduler.Rep.Runs;

/// <summary>
/// After setup: the action, its sidecars and the health check side by side, until one of them ends it all. Which one did is
/// written down before the others are signalled, so that a restarted rep tells the same story.
/// </summary>
internal sealed class ActionPhase(
    string containerGuid, IReadOnlyList<Step> members, LivenessLoop? liveness, ReadinessLoop? readiness,
    ContainerJournal journal, IRunEvents events, TimeProvider time)
{
    private const int None = -1;
    private const string FirstCheck = "health.first";
    private const string Routable = "health.routable";
    private readonly TaskCompletionSource _ending = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StopSignal[] _stops = new StopSignal[members.Count];

    /// <summary>What was last said of a container before a restart: without readiness checks, that it wants traffic.</summary>
    public static bool WasRoutable(WorkDefinition work) =>
        work.Lrp?.CheckDefinition is not { ReadinessChecks.Count: > 0 } || work.Entry.Notes.GetValueOrDefault(Routable) == 1;

    /// <summary>Returns what went wrong, or null. A container that was asked to stop returns a cancellation.</summary>
    public async Task<StepError?> RunAsync(StopSignal stop, CancellationToken detach)
    {
        for (var i = 0; i < _stops.Length; i++) _stops[i] = stop.Child();
        if (journal.Entry.Ending is { } ending) StopMembers(ending);

        using var watching = CancellationTokenSource.CreateLinkedTokenSource(detach);
        var watch = WatchAsync(watching.Token);
        StepResult[] results;
        try
        {
            results = await Task.WhenAll(members.Select(RunMemberAsync));
            // An action that exits with 0 under a health check has made a daemon: now only the check, or a stop, ends the container.
            if (journal.Entry.Ending is null && !stop.IsRequested) await Waits.EitherAsync(_ending.Task, stop.Requested, detach);
        }
        finally
        {
            watching.Cancel();
            await Waits.EndAsync(watch);
        }

        var errors = results.Select(result => result.Error).OfType<StepError>().ToList();
        if (journal.Entry.Ending?.Reason is { } reason) errors.Add(new StepError(reason));
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
                // Such as a full disk: a member that breaks ends the others as one that fails does.
                result = StepResult.Failed(failure.Message);
            }

            var endsAll = !result.Succeeded || members.Count > 1 || liveness is null;
            if (endsAll && !_stops[index].IsRequested) await EndAsync(index, null);
            return result;
        }
    }

    /// <summary>The container is gone under it.</summary>
    public Task VanishedAsync() => EndAsync(None, ExitReasons.MissingContainer);

    /// <summary>The first reason counts.</summary>
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
            // None yet when it vanished before it began: the ending is found in the journal then.
            if (i != ending.Member) _stops[i]?.Request(ending.At);
        }
    }

    private void Ready(int index)
    {
        if (index == 0) _started.TrySetResult();
    }

    private async Task WatchAsync(CancellationToken detach)
    {
        try
        {
            var wasRunning = journal.Entry.RunningSince is not null;
            if (!wasRunning)
            {
                if (liveness is null) await Waits.EndAsync(_started.Task).WaitAsync(detach);
                else if (await StartsAsync(liveness, detach) is { } never)
                {
                    await EndAsync(None, never);
                    return;
                }

                await journal.UpdateAsync(entry => entry with { RunningSince = time.GetUtcNow() });
            }

            var routable = readiness is null || journal.Note(Routable) == 1;
            await events.RunningAsync(containerGuid, routable);
            if (readiness is not null) await Task.WhenAll(LivesAsync(detach), readiness.RunAsync(routable, ToggleAsync, detach));
            else await LivesAsync(detach);
        }
        catch (OperationCanceledException) when (detach.IsCancellationRequested)
        {
        }
        catch (Exception failure)
        {
            // Otherwise nobody would watch any more.
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
        if (liveness is not null) await EndAsync(None, await liveness.BecomesUnhealthyAsync(detach));
    }

    private async Task ToggleAsync(bool routable)
    {
        await journal.UpdateAsync(entry => entry with { Notes = new Dictionary<string, long>(entry.Notes) { [Routable] = routable ? 1 : 0 } });
        await events.RoutableAsync(containerGuid, routable);
    }
}
