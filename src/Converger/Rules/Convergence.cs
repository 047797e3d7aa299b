using Scheduler.Converger.Rules.Lrps;
using Scheduler.Converger.Rules.Tasks;
using Scheduler.Converger.Rules.Terms;

namespace Scheduler.Converger.Rules;

internal delegate RuleResult SlotRule(in SlotView slot, ConvergenceContext context);

internal delegate RuleResult TaskRule(TaskView task, ConvergenceContext context);

/// <summary>
/// The rules in order of precedence. Once a rule has a command for a row, later rules cannot touch that row, so the commands of one
/// decision never contradict each other.
/// </summary>
internal sealed class Convergence
{
    public static readonly IReadOnlyList<SlotRule> SlotRules =
    [
        OrphanedSuspect.Decide,
        ExtraSuspect.Decide,
        SuspectRecovered.Decide,
        PruneEvacuating.Decide,
        OrphanedEvacuating.Decide,
        OrphanedInstances.Decide,
        ExtraInstances.Decide,
        LostCell.Decide,
        CrashedInstances.Decide,
        StaleUnclaimed.Decide,
        MissingInstances.Decide,
        InternalRoutesDiffer.Decide,
        MetricTagsDiffer.Decide,
    ];

    public static readonly IReadOnlyList<TaskRule> TaskRules =
    [
        PendingTooLong.Decide,
        PendingReauction.Decide,
        TaskOnLostCell.Decide,
        ResolvingKicked.Decide,
        CompletedExpired.Decide,
        CompletedResubmit.Decide,
    ];

    public static readonly Convergence Default = new(SlotRules, TaskRules);

    private readonly SlotRule[] _slotRules;
    private readonly TaskRule[] _taskRules;

    /// <summary>Custom rules are for tests that omit a rule and expect the omission to be detected.</summary>
    public Convergence(IEnumerable<SlotRule> slotRules, IEnumerable<TaskRule> taskRules)
    {
        _slotRules = [.. slotRules];
        _taskRules = [.. taskRules];
    }

    /// <summary>Decides on everything at once.</summary>
    public List<ConvergenceCommand> Decide(ClusterSnapshot seen)
    {
        var decision = new Decision();
        foreach (var slot in seen.Slots())
            Decide(slot, seen.Around, decision);
        foreach (var task in seen.Tasks)
            Decide(task, seen.Around, decision);
        return decision.Commands;
    }

    /// <summary>Decides on one slot and adds the result to <paramref name="decision"/>.</summary>
    public void Decide(in SlotView slot, ConvergenceContext context, Decision decision)
    {
        var closed = SlotRows.None;
        foreach (var rule in _slotRules)
        {
            var result = rule(slot, context);
            decision.Wait(result);
            if (result.Command is not ConvergenceCommand.OfSlot command || (command.Touches & closed) != 0)
                continue;
            closed |= command.Touches;
            decision.Add(command);
        }
    }

    /// <summary>Decides on one task: the first rule with a command wins.</summary>
    public void Decide(TaskView task, ConvergenceContext context, Decision decision)
    {
        foreach (var rule in _taskRules)
        {
            var result = rule(task, context);
            if (result.Command is not null)
            {
                decision.Add(result.Command);
                return;
            }
            decision.Wait(result);
        }
    }
}
