using Scheduler.Client.Output;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Rollouts;

/// <summary>
/// Makes views of a version from what is read again and again. It measures by its own clock how long something has been so, because the
/// servers' clocks may differ; who resumes a rollout starts measuring anew.
/// </summary>
internal sealed class Sightings(RolloutTimes times, TimeProvider time)
{
    private readonly Dictionary<(string ProcessGuid, int Index), (string State, long Since)> _seen = [];

    /// <param name="isArriving">Whether an instance must have run for a while before it counts.</param>
    public VersionView Look(DesiredLRP lrp, IEnumerable<ActualLRP> rows, bool isArriving)
    {
        var slots = rows.GroupBy(row => row.ActualLrpKey.Index).OrderBy(slot => slot.Key).Select(slot => Look(slot, isArriving)).ToList();
        foreach (
            var gone in _seen.Keys.Where(key => key.ProcessGuid == lrp.ProcessGuid && slots.All(slot => slot.Index != key.Index)).ToList()
        )
            _seen.Remove(gone);
        return new VersionView(lrp.Instances, slots);
    }

    private SlotView Look(IGrouping<int, ActualLRP> rows, bool isArriving)
    {
        // While an instance moves, there are two of it.
        var row = rows.FirstOrDefault(IsServing) ?? rows.First();
        var isServing = IsServing(row);
        var since = Since((row.ActualLrpKey.ProcessGuid, rows.Key), isServing ? row.ActualLrpInstanceKey.InstanceGuid : "");
        return new SlotView(
            rows.Key,
            isServing && (!isArriving || since >= times.SettledAfter(row.CrashCount)),
            !isServing && (row.CrashCount >= RolloutDecision.CrashesOfStuck || since >= times.Stuck),
            row.CrashCount,
            row.CrashReason.Length > 0 ? row.CrashReason : Texts.Remark(row)
        );
    }

    /// <param name="state">The container that serves; empty for none.</param>
    private TimeSpan Since((string, int) key, string state)
    {
        if (!_seen.TryGetValue(key, out var seen) || seen.State != state)
            _seen[key] = seen = (state, time.GetTimestamp());
        return time.GetElapsedTime(seen.Since);
    }

    private static bool IsServing(ActualLRP row) => row.State == ActualLrpStateNames.Running && !(row.HasRoutable && !row.Routable);
}
