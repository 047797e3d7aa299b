using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.State;

/// <summary>Orders by process guid (ordinal), index and presence: the order of the state itself.</summary>
internal sealed class ActualLrpRowOrder : IComparer<ActualLrpRowKey>
{
    public static readonly ActualLrpRowOrder Instance = new();

    public int Compare(ActualLrpRowKey x, ActualLrpRowKey y)
    {
        var byProcess = string.CompareOrdinal(x.ProcessGuid, y.ProcessGuid);
        if (byProcess != 0)
            return byProcess;
        return x.Index != y.Index ? x.Index.CompareTo(y.Index) : x.Presence.CompareTo(y.Presence);
    }
}
