using Scheduler.Converger.Rules;
using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Tests.Unit.Converger;

/// <summary>A small cluster as plain lists: its desired and actual state, and the rules' decision about it.</summary>
internal sealed class Cluster
{
    public static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public Dictionary<CellId, CellStanding> Cells { get; } = [];

    public Dictionary<string, DateTimeOffset> Domains { get; } = [];

    public Dictionary<string, DesiredView> Desired { get; } = [];

    public Dictionary<(LrpKey, LrpPresence), ActualView> Rows { get; } = [];

    public Dictionary<string, TaskView> Tasks { get; } = [];

    public DateTimeOffset Now { get; set; } = Start;

    public ConvergenceTimings Timings { get; init; } = ConvergenceTimings.Default;

    public ClusterSnapshot Snapshot => new(new ConvergenceContext(Now, Cells, Domains, Timings), Desired.Values, Rows.Values, Tasks.Values);

    public Cluster Cell(string id, CellStanding standing = CellStanding.Present)
    {
        Cells[new CellId(id)] = standing;
        return this;
    }

    public Cluster Fresh(string domain = View.Domain)
    {
        Domains[domain] = DateTimeOffset.MaxValue;
        return this;
    }

    public Cluster Desire(DesiredView lrp)
    {
        Desired[lrp.ProcessGuid] = lrp;
        return this;
    }

    public Cluster With(params ActualView[] rows)
    {
        foreach (var row in rows)
            Rows[(row.Key, row.Presence)] = row;
        return this;
    }

    public Cluster With(TaskView task)
    {
        Tasks[task.TaskGuid] = task;
        return this;
    }

    public Cluster After(TimeSpan time)
    {
        Now += time;
        return this;
    }

    public List<ConvergenceCommand> Decide() => Convergence.Default.Decide(Snapshot);

    public void DecidesNothing() => Assert.Empty(Decide());

    /// <summary>The rules' only command.</summary>
    public TCommand DecidesOnly<TCommand>()
        where TCommand : ConvergenceCommand => Assert.IsType<TCommand>(Assert.Single(Decide()));
}
