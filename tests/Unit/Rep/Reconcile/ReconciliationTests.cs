using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep.Reconcile;
using Scheduler.Rep.Reports;

namespace Scheduler.Tests.Unit.Rep.Reconcile;

public sealed class ReconciliationTests
{
    private static readonly ActualLRPKey Key = new()
    {
        ProcessGuid = "web",
        Index = 0,
        Domain = "tests",
    };
    private static readonly ActualLRPNetInfo Net = new() { Address = "10.0.0.1" };

    /// <summary>The container's phase, its row's state ("" for no row), and whether a report is due.</summary>
    [Theory]
    [InlineData(nameof(ContainerPhase.Reserved), "", true)]
    [InlineData(nameof(ContainerPhase.Reserved), "CLAIMED", true)]
    [InlineData(nameof(ContainerPhase.Initializing), "CLAIMED", false)]
    [InlineData(nameof(ContainerPhase.Created), "CLAIMED", false)]
    [InlineData(nameof(ContainerPhase.Created), "", true)]
    [InlineData(nameof(ContainerPhase.Created), "RUNNING", true)]
    [InlineData(nameof(ContainerPhase.Running), "RUNNING", false)]
    [InlineData(nameof(ContainerPhase.Running), "CLAIMED", true)]
    [InlineData(nameof(ContainerPhase.Running), "", true)]
    [InlineData(nameof(ContainerPhase.Completed), "RUNNING", true)]
    [InlineData(nameof(ContainerPhase.Completed), "", true)]
    public void Tells_what_the_row_does_not_say(string phase, string state, bool tells)
    {
        var container = View(Enum.Parse<ContainerPhase>(phase));
        ActualLRP[] rows = state.Length == 0 ? [] : [Row("a", state)];

        var repairs = Reconciliation.Decide([container], rows, [], evacuating: false);

        Assert.Equal(tells ? [new Repair.Tell("a")] : [], repairs);
    }

    public static TheoryData<string, Action<ActualLRP>> Differences =>
        new()
        {
            { "address", row => row.ActualLrpNetInfo.Address = "10.0.0.2" },
            { "ports", row => row.ActualLrpNetInfo.Ports.Add(new PortMapping { ContainerPort = 1, HostPort = 2 }) },
            { "routes", row => row.ActualLrpInternalRoutes.Add(new ActualLRPInternalRoute { Hostname = "x" }) },
            { "tags", row => row.MetricTags["k"] = "v" },
            { "routable", row => row.Routable = false },
            { "zone", row => row.AvailabilityZone = "z9" },
            { "suspect", row => row.Presence = ActualLRP.Types.Presence.Suspect },
        };

    [Theory]
    [MemberData(nameof(Differences))]
    public void Tells_of_a_running_instance_whose_row_differs(string what, Action<ActualLRP> change)
    {
        _ = what;
        var row = Row("a", ActualLrpStateNames.Running);
        change(row);

        Assert.Equal([new Repair.Tell("a")], Reconciliation.Decide([View(ContainerPhase.Running)], [row], [], evacuating: false));
    }

    [Fact]
    public void A_row_that_does_not_say_whether_it_is_routable_is()
    {
        var row = Row("a", ActualLrpStateNames.Running);
        row.ClearRoutable();

        Assert.Empty(Reconciliation.Decide([View(ContainerPhase.Running)], [row], [], evacuating: false));
    }

    [Fact]
    public void An_evacuating_cell_tells_of_every_instance()
    {
        var repairs = Reconciliation.Decide([View(ContainerPhase.Running)], [Row("a", ActualLrpStateNames.Running)], [], evacuating: true);
        Assert.Equal([new Repair.Tell("a")], repairs);
    }

    [Fact]
    public void Rows_without_a_container_are_given_back_by_their_presence()
    {
        var (ordinary, suspect, evacuating) = (Row("a", "RUNNING"), Row("b", "RUNNING"), Row("a", "RUNNING"));
        suspect.Presence = ActualLRP.Types.Presence.Suspect;
        evacuating.Presence = ActualLRP.Types.Presence.Evacuating;

        var repairs = Reconciliation.Decide([], [ordinary, suspect, evacuating], [], evacuating: false);

        Assert.Equal([new Repair.RemoveRow(ordinary), new Repair.RemoveRow(suspect), new Repair.RemoveEvacuatingRow(evacuating)], repairs);
    }

    [Theory]
    [InlineData(OneOffTask.Types.State.Running, true)]
    [InlineData(OneOffTask.Types.State.Pending, false)]
    [InlineData(OneOffTask.Types.State.Completed, false)]
    public void Only_running_tasks_without_a_container_are_failed(OneOffTask.Types.State state, bool failed)
    {
        var repairs = Reconciliation.Decide([], [], [new OneOffTask { TaskGuid = "t", State = state }], evacuating: false);
        Assert.Equal(failed ? [new Repair.FailTask("t")] : [], repairs);
    }

    [Theory]
    [InlineData(nameof(ContainerPhase.Reserved), false, true, true)]
    [InlineData(nameof(ContainerPhase.Running), true, true, false)]
    [InlineData(nameof(ContainerPhase.Running), true, false, true)]
    [InlineData(nameof(ContainerPhase.Completed), true, true, true)]
    public void Tells_of_a_task_that_is_not_known_to_run_or_has_ended(string phase, bool hasWork, bool isRunning, bool tells)
    {
        var container = new ContainerView("t", IsTask: true, default, Enum.Parse<ContainerPhase>(phase), hasWork, null);
        OneOffTask[] tasks = isRunning ? [new OneOffTask { TaskGuid = "t", State = OneOffTask.Types.State.Running }] : [];

        Assert.Equal(tells ? [new Repair.Tell("t")] : [], Reconciliation.Decide([container], [], tasks, evacuating: true));
    }

    [Theory]
    [InlineData("a.internal", "blue", false)]
    [InlineData("b.internal", "blue", true)]
    [InlineData("a.internal", "green", true)]
    public void Compares_what_routes_and_tags_say(string host, string color, bool tells)
    {
        var view = View(ContainerPhase.Running);
        view = view with
        {
            Subject = view.Subject! with
            {
                InternalRoutes = [host],
                MetricTags = new Dictionary<string, string> { ["color"] = color },
            },
        };
        var row = Row("a", "RUNNING");
        row.ActualLrpInternalRoutes.Add(new ActualLRPInternalRoute { Hostname = "a.internal" });
        row.MetricTags["color"] = "blue";

        Assert.Equal(tells ? [new Repair.Tell("a")] : [], Reconciliation.Decide([view], [row], [], evacuating: false));
    }

    private static ContainerView View(ContainerPhase phase) =>
        new(
            "a",
            IsTask: false,
            new LrpKey("web", 0),
            phase,
            HasWork: phase != ContainerPhase.Reserved,
            phase == ContainerPhase.Running
                ? new ReportSubject
                {
                    ContainerGuid = "a",
                    Key = Key,
                    InstanceKey = Instance("a"),
                    NetInfo = Net,
                    Routable = true,
                    Zone = "z1",
                }
                : null
        );

    private static ActualLRP Row(string guid, string state) =>
        new()
        {
            ActualLrpKey = Key,
            ActualLrpInstanceKey = Instance(guid),
            ActualLrpNetInfo = Net.Clone(),
            State = state,
            Routable = true,
            AvailabilityZone = "z1",
        };

    private static ActualLRPInstanceKey Instance(string guid) => new() { InstanceGuid = guid, CellId = "cell-1" };
}
