using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Rollouts;

/// <summary>Carries out an app's rollout: looks, asks <see cref="RolloutDecision"/> for the next step and takes it, until there is none.</summary>
internal sealed class RolloutRunner(ClientSession session, string app, RolloutTimes times, Action<string> progress)
{
    // Polls: the decision needs four answers of one time, and a step costs far more than a look.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan PauseWithoutServer = TimeSpan.FromSeconds(1);

    private readonly Sightings _sightings = new(times, session.Time);
    private long _progressAt = session.Time.GetTimestamp();
    private (bool IsBack, int Most) _available;

    /// <param name="held">The app's lock, so that nobody else carries it out.</param>
    /// <returns>The rollout as it was last, and how it ended.</returns>
    /// <exception cref="DomainException">The server was unreachable for as long as an instance may take, or refused a step.</exception>
    public async Task<RolloutEnd> RunAsync(RolloutLock held, CancellationToken cancellationToken)
    {
        var answeredAt = session.Time.GetTimestamp();
        while (true)
        {
            try
            {
                await held.RenewAsync(cancellationToken);
                if (await TakeStepAsync(cancellationToken) is { } end)
                    return end;
                answeredAt = session.Time.GetTimestamp();
            }
            catch (DomainException failure)
                when (failure.Kind is ErrorKind.Unavailable or ErrorKind.NotActive or ErrorKind.Overloaded or ErrorKind.Timeout
                    && session.Time.GetElapsedTime(answeredAt) < times.Progress
                )
            {
                progress($"{app}: waiting for the server: {failure.Message}");
                await Task.Delay(PauseWithoutServer, session.Time, cancellationToken);
            }
        }
    }

    private async Task<RolloutEnd?> TakeStepAsync(CancellationToken cancellationToken)
    {
        var named = await App.LrpAsync(session, app, cancellationToken);
        if (AppVersions.Of(named) is not { Rollout: { } rollout } versions)
            throw new DomainError(ErrorKind.InvalidStateTransition, $"no rollout of {app} is under way").ToException();
        var (old, next) = (versions.Version(rollout.From)!, versions.Version(rollout.To)!);
        var (leaving, arriving) = rollout.IsBack ? (next, old) : (old, next);
        var view = new RolloutView(
            rollout.IsBack ? rollout.InstancesBefore : rollout.Instances,
            rollout.MaxSurge,
            rollout.MaxUnavailable,
            await LookAsync(leaving.ProcessGuid, isArriving: false, cancellationToken),
            await LookAsync(arriving.ProcessGuid, isArriving: true, cancellationToken),
            rollout.IsBack,
            rollout.Pause,
            TimeSpan.Zero,
            times.Progress
        );
        view = view with { SinceProgress = SinceProgress(view) };
        progress(RolloutTexts.Progress(app, rollout, view));
        switch (RolloutDecision.Next(view))
        {
            case RolloutStep.ScaleArriving step:
                await ScaleAsync(arriving, step.Instances, cancellationToken);
                return null;
            case RolloutStep.ScaleLeaving step:
                await ScaleAsync(leaving, step.Instances, cancellationToken);
                return null;
            case RolloutStep.Pause:
                rollout = rollout with { Pause = RolloutPause.Paused };
                await WriteAsync(named, versions with { Rollout = rollout }, cancellationToken);
                return new RolloutEnd(rollout, RolloutOutcome.Paused, "");
            case RolloutStep.Halt:
                return new RolloutEnd(rollout, RolloutOutcome.Paused, "");
            case RolloutStep.GoBack step:
                rollout = rollout with { IsBack = true, Reason = step.Reason, Pause = RolloutPause.None };
                await WriteAsync(named, versions with { Rollout = rollout }, cancellationToken);
                _progressAt = session.Time.GetTimestamp();
                return null;
            case RolloutStep.GiveUp step:
                return new RolloutEnd(rollout, RolloutOutcome.GivenUp, step.Reason);
            case RolloutStep.Finish:
                await FinishAsync(named, versions, rollout, cancellationToken);
                return new RolloutEnd(rollout, rollout.IsBack ? RolloutOutcome.WentBack : RolloutOutcome.Done, rollout.Reason);
            default:
                await Task.Delay(Pause, session.Time, cancellationToken);
                return null;
        }
    }

    private async Task<VersionView> LookAsync(string guid, bool isArriving, CancellationToken cancellationToken)
    {
        var lrp = await App.LrpAsync(session, guid, cancellationToken);
        var (rows, _) = await session.ActualLrpsAsync(new ListActualLRPsRequest { ProcessGuid = guid }, cancellationToken);
        return _sightings.Look(lrp, rows, isArriving);
    }

    // Only more instances than ever before are progress: those that come and go are not.
    private TimeSpan SinceProgress(RolloutView view)
    {
        if (_available.IsBack != view.IsBack || view.Arriving.Available > _available.Most)
            (_available, _progressAt) = ((view.IsBack, view.Arriving.Available), session.Time.GetTimestamp());
        return session.Time.GetElapsedTime(_progressAt);
    }

    private async Task ScaleAsync(AppVersion version, int instances, CancellationToken cancellationToken)
    {
        await UpdateAsync(version.ProcessGuid, new DesiredLRPUpdate { Instances = instances }, cancellationToken);
        _progressAt = session.Time.GetTimestamp();
    }

    private async Task FinishAsync(DesiredLRP named, AppVersions versions, Rollout rollout, CancellationToken cancellationToken)
    {
        versions = rollout.IsBack
            ? versions with
            {
                Versions =
                [
                    .. versions.Versions.Select(version =>
                        version.Number == rollout.To ? version with { Failure = rollout.Reason } : version
                    ),
                ],
            }
            : versions with
            {
                Current = rollout.To,
                Previous = rollout.From,
            };
        var (kept, dropped) = (versions with { Rollout = null }).Pruned();
        await WriteAsync(named, kept, cancellationToken);
        foreach (var version in dropped)
            await App.RemoveAsync(session, version.ProcessGuid, cancellationToken);
    }

    private Task WriteAsync(DesiredLRP named, AppVersions versions, CancellationToken cancellationToken) =>
        UpdateAsync(app, new DesiredLRPUpdate { Routes = versions.In(named.Routes) }, cancellationToken);

    private async Task UpdateAsync(string guid, DesiredLRPUpdate update, CancellationToken cancellationToken) =>
        await session.DesiredLrps.UpdateAsync(
            new UpdateDesiredLRPRequest { ProcessGuid = guid, Update = update },
            session.Call(cancellationToken)
        );
}

/// <param name="Reason">Of going back or giving up.</param>
internal sealed record RolloutEnd(Rollout Rollout, RolloutOutcome Outcome, string Reason);

internal enum RolloutOutcome
{
    Done,
    Paused,
    WentBack,
    GivenUp,
}
