namespace Scheduler.Client.Rollouts;

/// <summary>
/// What a rollout does next, decided from what is seen alone. So any client can go on with any rollout, and the same step decided twice
/// does no harm.
/// </summary>
/// <remarks>
/// It keeps two promises, if the old version itself stays well. At least <c>Instances - MaxUnavailable</c> are available, and at most
/// <c>Instances + MaxSurge</c> exist, including those that are being stopped. What is stuck of the version that leaves is as good as gone: it
/// counts for neither, so that a broken version can be replaced.
/// </remarks>
internal static class RolloutDecision
{
    /// <summary>From this crash on, restarts are delayed; work that can never start gets there with its first one.</summary>
    public const int CrashesOfStuck = 3;

    public static RolloutStep Next(RolloutView view)
    {
        if (view.Pause == RolloutPause.Paused)
            return new RolloutStep.Halt();
        if (!view.IsBack && Crashing(view.Arriving) is { } crashing)
            return new RolloutStep.GoBack(Text(crashing));
        if (view.Arriving.IsComplete(view.Instances) && view.Leaving is { Desired: 0, Slots.Count: 0 })
            return view.Arriving.Desired > view.Instances ? new RolloutStep.ScaleArriving(view.Instances) : new RolloutStep.Finish();
        if (view.SinceProgress > view.Timeout)
            return Overdue(view);
        if (view is { Pause: RolloutPause.AfterFirst, Arriving.Desired: > 0 })
            return view.Arriving.Available == view.Arriving.Desired ? new RolloutStep.Pause() : new RolloutStep.Wait();
        var fewer = Fewest(view);
        if (fewer < view.Leaving.Desired)
            return new RolloutStep.ScaleLeaving(fewer);
        var more = Math.Min(view.Instances, view.Arriving.Desired + view.Instances + view.MaxSurge - view.Held);
        return more > view.Arriving.Desired ? new RolloutStep.ScaleArriving(more) : new RolloutStep.Wait();
    }

    private static RolloutStep Overdue(RolloutView view)
    {
        if (Late(view.Arriving) is { } late)
            return view.IsBack ? new RolloutStep.GiveUp(Text(late)) : new RolloutStep.GoBack(Text(late));
        // A cell that does not answer may hold them for long; nobody is sent to them any more.
        return view.Arriving.IsComplete(view.Instances) && view.Leaving.Desired == 0
            ? new RolloutStep.Finish()
            : new RolloutStep.GiveUp("instances of the other version do not stop");
    }

    /// <summary>The least that the version that leaves can be scaled to. Its last instances go first.</summary>
    private static int Fewest(RolloutView view)
    {
        var floor = view.Instances - view.MaxUnavailable;
        var fewest = view.Leaving.Desired;
        while (
            fewest > 0
            && (
                view.Leaving.AvailableBelow(fewest - 1) + view.Arriving.Available >= floor
                // Below the floor, only what will not run may go; of a version that is given up, what does not run.
                || (view.IsBack ? view.Leaving.IsIdleFrom(fewest - 1) : view.Leaving.IsStuckFrom(fewest - 1))
            )
        )
            fewest--;
        return fewest;
    }

    private static SlotView? Crashing(VersionView version) =>
        version.Slots.FirstOrDefault(slot => slot.Index < version.Desired && slot.Crashes >= CrashesOfStuck);

    private static SlotView? Late(VersionView version) =>
        Enumerable
            .Range(0, version.Desired)
            .Select(index => version.Slots.FirstOrDefault(slot => slot.Index == index) ?? new SlotView(index, false))
            .FirstOrDefault(slot => !slot.IsAvailable);

    private static string Text(SlotView slot) =>
        $"instance {slot.Index} "
        + (slot.Crashes > 0 ? $"crashed {(slot.Crashes == 1 ? "once" : $"{slot.Crashes} times")}" : "did not become available in time")
        + (slot.Trouble.Length > 0 ? $": {slot.Trouble}" : "");
}
