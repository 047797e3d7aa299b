using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Auctioneer.Bidding;

namespace Scheduler.Simulation.Fleet;

internal enum FleetWorkState
{
    /// <summary>Waits for a cell.</summary>
    Waiting,

    /// <summary>A cell has accepted it.</summary>
    Starting,
    Running,
    Ended,
}

/// <summary>Work for one container: an instance until it crashes, stops or is lost, or a task.</summary>
internal sealed class FleetWork(WorkItem item, TimeSpan since)
{
    public WorkItem Item { get; } = item;

    public bool IsTask => Item.Kind == WorkKind.OneOffTask;

    /// <summary>When it started to wait for a cell.</summary>
    public TimeSpan Since { get; } = since;

    public FleetWorkState State { get; set; }

    /// <summary>The slot of an instance; null for a task.</summary>
    public FleetSlot? Slot { get; init; }

    public FleetCell? Cell { get; set; }

    public string Container { get; set; } = "";

    public TimeSpan RunningSince { get; set; }
}

/// <summary>One index of an app, with the instance that serves it and its replacement.</summary>
internal sealed class FleetSlot(FleetApp app, int index)
{
    public FleetApp App { get; } = app;

    public int Index { get; } = index;

    /// <summary>Null while a crashed instance waits for its restart.</summary>
    public FleetWork? Current { get; set; }

    /// <summary>The replacement of a deploy or drain, which takes over once it runs.</summary>
    public FleetWork? Incoming { get; set; }

    public int Crashes { get; set; }

    public bool Removed { get; set; }
}

/// <summary>An LRP with its instances; each deploy gives it a new process guid.</summary>
internal sealed class FleetApp(string name, Resources ask, PlacementConstraint constraint)
{
    public Resources Ask { get; } = ask;

    public PlacementConstraint Constraint { get; } = constraint;

    public List<FleetSlot> Slots { get; } = [];

    public int BaseInstances { get; init; }

    /// <summary>Crashes often.</summary>
    public bool Flaky { get; init; }

    public int Version { get; private set; } = 1;

    public string ProcessGuid { get; private set; } = $"{name}-v1";

    public bool Ended { get; set; }

    public void NextVersion() => ProcessGuid = $"{name}-v{++Version}";
}
