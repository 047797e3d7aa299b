using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Auctioneer.Bidding;

namespace Scheduler.Simulation.Fleet;

/// <summary>The clients: apps are created, scaled, deployed and deleted, and tasks arrive.</summary>
internal sealed partial class FleetSimulation
{
    /// <summary>Fraction of the fleet's memory that apps use at the daily mean.</summary>
    private const double Demand = 0.6;
    private const double DailySwing = 0.3;
    private const int TasksPerCellAndHour = 10;
    private const int DeployAtOnce = 4;
    private static readonly TimeSpan FirstApps = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan MeanAppLife = TimeSpan.FromHours(18);
    private static readonly TimeSpan MeanUnplaceableAppLife = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan MeanScalePause = TimeSpan.FromHours(3);
    private static readonly TimeSpan MeanDeployPause = TimeSpan.FromHours(24);
    private int _apps;
    private int _tasks;

    private void BeginWorkload()
    {
        var wanted = Demand * _cells.Length * FleetLayout.CellMemoryMb;
        var apps = 0;
        for (; wanted > 0; apps++)
        {
            var app = NewApp();
            wanted -= (double)app.BaseInstances * app.Ask.MemoryMb;
            At(_chance.Between(TimeSpan.Zero, FirstApps), () => AppArrives(app));
        }

        var pause = MeanAppLife / apps;
        In(FirstApps + _chance.Waiting(pause), () => NextApp(pause));
        In(_chance.Waiting(TaskPause), NextTask);
    }

    private TimeSpan TaskPause => TimeSpan.FromHours(1) / (TasksPerCellAndHour * _cells.Length);

    private FleetApp NewApp() => FleetLayout.App(++_apps, _chance, _options);

    private void NextApp(TimeSpan pause)
    {
        AppArrives(NewApp());
        In(_chance.Waiting(pause), () => NextApp(pause));
    }

    private void AppArrives(FleetApp app)
    {
        Happened("apps arrived");
        Resize(app, WantedInstances(app), "new app");
        // An app for which no cell has the stack is soon noticed and deleted.
        var life = app.Constraint.RootFs == FleetLayout.OldStack ? MeanUnplaceableAppLife : MeanAppLife;
        In(_chance.Waiting(life), () => AppEnds(app));
        In(_chance.Waiting(MeanScalePause), () => AppScales(app));
        In(_chance.Waiting(MeanDeployPause), () => AppDeploys(app));
    }

    private void AppEnds(FleetApp app)
    {
        Happened("apps deleted");
        app.Ended = true;
        Resize(app, 0, "");
    }

    private void AppScales(FleetApp app)
    {
        if (app.Ended)
            return;
        var wanted = WantedInstances(app);
        if (wanted != app.Slots.Count)
            Happened("apps scaled");
        Resize(app, wanted, "scaled up");
        In(_chance.Waiting(MeanScalePause), () => AppScales(app));
    }

    /// <summary>More by day than by night, with random variation.</summary>
    private int WantedInstances(FleetApp app)
    {
        var day = 1 + DailySwing * Math.Sin(2 * Math.PI * (Now.TotalHours - 6) / 24);
        return Math.Max(1, (int)Math.Round(app.BaseInstances * day * _chance.Between(0.85, 1.15)));
    }

    private void Resize(FleetApp app, int wanted, string why)
    {
        var added = new List<WorkItem>();
        while (app.Slots.Count < wanted)
        {
            var slot = new FleetSlot(app, app.Slots.Count);
            app.Slots.Add(slot);
            slot.Current = Want(slot, why, added);
        }

        while (app.Slots.Count > wanted)
        {
            var slot = app.Slots[^1];
            app.Slots.RemoveAt(app.Slots.Count - 1);
            slot.Removed = true;
            if (slot.Incoming is { } incoming)
                Stop(incoming);
            if (slot.Current is { } current)
                Stop(current);
        }

        Offer(added);
    }

    private void AppDeploys(FleetApp app)
    {
        if (app.Ended)
            return;
        Happened("apps deployed");
        app.NextVersion();
        DeployNext(app);
        In(_chance.Waiting(MeanDeployPause), () => AppDeploys(app));
    }

    /// <summary>A few indices at a time: the new instance starts first, and the old one stops when the new one runs.</summary>
    private void DeployNext(FleetApp app)
    {
        var replacing = 0;
        foreach (var slot in app.Slots)
            if (slot.Incoming is not null)
                replacing++;
        var added = new List<WorkItem>();
        foreach (var slot in app.Slots)
        {
            if (replacing >= DeployAtOnce)
                break;
            if (slot.Incoming is not null || slot.Current is not { } current || current.Item.Guid == app.ProcessGuid)
                continue;
            replacing++;
            slot.Incoming = Want(slot, "deployed", added);
        }

        Offer(added);
    }

    private void NextTask()
    {
        var item = new WorkItem(
            WorkKind.OneOffTask,
            $"task-{++_tasks}",
            0,
            "tasks",
            FleetLayout.Task(_chance),
            0,
            PlacementConstraint.ForRootFs(FleetLayout.Stack)
        );
        FleetMeasures.Count(_measures.Arrivals, "task");
        var work = new FleetWork(item, Now);
        Keep(work);
        Offer([item]);
        In(_chance.Waiting(TaskPause), NextTask);
    }

    /// <summary>Records an instance of the app's current version; the caller submits it to the auction.</summary>
    private FleetWork Want(FleetSlot slot, string why, List<WorkItem> offered)
    {
        var app = slot.App;
        var item = new WorkItem(WorkKind.Lrp, app.ProcessGuid, slot.Index, "apps", app.Ask, 0, app.Constraint);
        FleetMeasures.Count(_measures.Arrivals, why);
        var work = new FleetWork(item, Now) { Slot = slot };
        Keep(work);
        offered.Add(item);
        return work;
    }

    private void Happened(string what) => FleetMeasures.Count(_measures.Happenings, what);
}
