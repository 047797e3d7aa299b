using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Auctioneer.Bidding;

namespace Scheduler.Simulation.Fleet;

internal enum FleetWorkState
{
    /// <summary>Wants a place.</summary>
    Waiting,

    /// <summary>A cell has taken it.</summary>
    Starting,
    Running,
    Ended,
}

/// <summary>One piece of work for one container: an instance until it crashes, stops or is lost, or a task.</summary>
internal sealed class FleetWork(WorkItem item, TimeSpan since)
{
    public WorkItem Item { get; } = item;

    public bool IsTask => Item.Kind == WorkKind.OneOffTask;

    /// <summary>When it began to want a place.</summary>
    public TimeSpan Since { get; } = since;

    public FleetWorkState State { get; set; }

    /// <summary>Where an instance belongs; null for a task.</summary>
    public FleetSlot? Slot { get; init; }

    public FleetCell? Cell { get; set; }

    public string Container { get; set; } = "";

    public TimeSpan RunningSince { get; set; }
}

/// <summary>One index of an app: what serves it, and what shall take its place.</summary>
internal sealed class FleetSlot(FleetApp app, int index)
{
    public FleetApp App { get; } = app;

    public int Index { get; } = index;

    /// <summary>Null while a crashed instance waits for its restart.</summary>
    public FleetWork? Current { get; set; }

    /// <summary>Takes over when it runs: of a deploy or of a drain.</summary>
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
