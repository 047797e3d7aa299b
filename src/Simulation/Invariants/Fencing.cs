using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Invariants;

/// <summary>
/// Writes of a stale active node never commit: every commit belongs to the latest term and follows the previous revision.
/// </summary>
internal sealed class Fencing(Action<string, string> violated)
{
    public const string Rule = "a stale active's writes never commit";

    private VirtualProcess? _leader;
    private long _epoch;

    public VirtualProcess? Leader => _leader;

    public void TermBegan(VirtualProcess leader, long epoch)
    {
        if (epoch <= _epoch)
            violated(Rule, $"{leader.Name} got epoch {epoch} after {_epoch}");
        (_leader, _epoch) = (leader, epoch);
    }

    public void Committed(Commit commit)
    {
        if (commit.Epoch != _epoch || commit.By != _leader)
            violated(
                Rule,
                $"{commit.By.Name} committed revision {commit.Revision} under epoch {commit.Epoch}; the leader is {_leader?.Name} with epoch {_epoch}"
            );
        if (commit.Revision != commit.PreviousRevision + 1)
            violated(Rule, $"{commit.By.Name} committed revision {commit.Revision} after {commit.PreviousRevision}");
    }
}
