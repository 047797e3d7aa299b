using Scheduler.Models;

namespace Scheduler.Converger.Rules.Terms;

/// <summary>The whole cluster as plain lists: the input for example and property tests, and the oracle for the loop's model.</summary>
internal sealed record ClusterSnapshot(
    ConvergenceContext Around,
    IReadOnlyCollection<DesiredView> Desired,
    IReadOnlyCollection<ActualView> Actual,
    IReadOnlyCollection<TaskView> Tasks
)
{
    /// <summary>Every slot that is wanted or has a row, by process and index.</summary>
    public IEnumerable<SlotView> Slots()
    {
        var desired = Desired.ToDictionary(lrp => lrp.ProcessGuid);
        var slots = new SortedDictionary<(string, int), SlotView>(
            Comparer<(string Guid, int Index)>.Create(
                (a, b) => string.CompareOrdinal(a.Guid, b.Guid) is var order and not 0 ? order : a.Index.CompareTo(b.Index)
            )
        );
        foreach (var lrp in Desired)
        {
            for (var index = 0; index < (lrp.Instances ?? 0); index++)
                slots.Add((lrp.ProcessGuid, index), new SlotView(new LrpKey(lrp.ProcessGuid, index), lrp, null, null, null));
        }
        foreach (var row in Actual)
        {
            var key = (row.Key.ProcessGuid, row.Key.Index);
            var slot = slots.GetValueOrDefault(
                key,
                new SlotView(row.Key, desired.GetValueOrDefault(row.Key.ProcessGuid), null, null, null)
            );
            slots[key] = row.Presence switch
            {
                LrpPresence.Ordinary => slot with { Ordinary = row },
                LrpPresence.Evacuating => slot with { Evacuating = row },
                LrpPresence.Suspect => slot with { Suspect = row },
            };
        }
        return slots.Values;
    }
}
