using Scheduler.Converger.Rules;
using Scheduler.Hosting.Leases;
using Scheduler.Models;

namespace Scheduler.Converger;

/// <summary>When the converger acts. Waits of the rules are Diego's unless they say otherwise.</summary>
public sealed record ConvergerOptions
{
    /// <summary>How long this converger may be silent before another takes over. From 3 s to 10 min.</summary>
    public TimeSpan LockTtl { get; init; } = LeaseOptions.DefaultTtl;

    /// <summary>An UNCLAIMED instance is auctioned again after this long.</summary>
    public TimeSpan StaleUnclaimed { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A Pending task is auctioned again this long after its last change.</summary>
    public TimeSpan PendingTaskRetry { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A task that is Pending for this long fails.</summary>
    public TimeSpan PendingTaskExpiry { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>The callback of a completed task that has not moved for this long is submitted again.</summary>
    public TimeSpan TaskKick { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A task that completed this long ago is deleted.</summary>
    public TimeSpan CompletedTaskExpiry { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Retries that one event made due at the same moment are spread over this long, each with a place of its own; 0: not at all.
    /// Diego's sweeps come up to 30 s late, so nobody counts on the moment.
    /// </summary>
    public TimeSpan RetrySpread { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>
    /// A command whose effect does not show is sent again after this long. It must be longer than a rep's reporting interval
    /// (30 s), because some effects show only there.
    /// </summary>
    public TimeSpan RepeatAfter { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>Everything is looked at again this often, to mend what steps missed. It should find nothing, and counts what it finds.</summary>
    public TimeSpan AuditInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long changes gather before they are decided on. One act of a client arrives as several events; in the middle
    /// of them a desired LRP looks as if its instances were missing.
    /// </summary>
    public TimeSpan Gather { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Commands per call. A call is one entry in the BBS's commit loop, and holds up others for as long as it takes.</summary>
    public int BatchSize { get; init; } = 500;

    /// <summary>Commands that may wait to be sent. When it is full, changes wait as what they are: keys, each at most once.</summary>
    public int OutboxLimit { get; init; } = 5000;

    /// <summary>How long a call to the BBS may take.</summary>
    public TimeSpan ApplyTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After a failed call or a lost stream; up to twice as long by chance, so that not all parts return at once.</summary>
    public TimeSpan RetryPause { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Cell losses are paced when more than this share of the cells goes within <see cref="LossWindow"/>: 0 to 1.</summary>
    public double PacedAboveShare { get; init; } = CellLossPolicy.Default.PacedAboveShare;

    /// <summary>Fewer cells than this are never paced, whatever their share.</summary>
    public int PacedFromCells { get; init; } = CellLossPolicy.Default.PacedFromCells;

    /// <summary>Cells given up per second while losses are paced.</summary>
    public double PacedCellsPerSecond { get; init; } = CellLossPolicy.Default.PacedCellsPerSecond;

    /// <summary>What counts as at once; longer than a presence's time to live.</summary>
    public TimeSpan LossWindow { get; init; } = CellLossPolicy.Default.Window;

    /// <summary>From so many lost cells on, it is first waited for how many more go. At least 1.</summary>
    public int LossSettleFromCells { get; init; } = CellLossPolicy.Default.SettleFromCells;

    /// <summary>How long that is waited for; about a presence's renewal.</summary>
    public TimeSpan LossSettle { get; init; } = CellLossPolicy.Default.Settle;

    /// <summary>
    /// How long cells have to announce themselves after this converger or another BBS has become active: a presence's time to live
    /// and one renewal.
    /// </summary>
    public TimeSpan LossGrace { get; init; } = CellLossPolicy.Default.Grace;

    /// <summary>How long nothing is given up while no cell at all is present.</summary>
    public TimeSpan HoldWithoutCells { get; init; } = CellLossPolicy.Default.HoldWithoutCells;

    /// <summary>For jitter; null: a different one in each run.</summary>
    public int? Seed { get; init; }

    internal ConvergenceTimings Timings => new()
    {
        StaleUnclaimed = StaleUnclaimed,
        PendingTaskRetry = PendingTaskRetry,
        PendingTaskExpiry = PendingTaskExpiry,
        TaskKick = TaskKick,
        CompletedTaskExpiry = CompletedTaskExpiry,
        RetrySpread = RetrySpread,
    };

    internal CellLossPolicy LossPolicy => new()
    {
        PacedAboveShare = PacedAboveShare,
        PacedFromCells = PacedFromCells,
        PacedCellsPerSecond = PacedCellsPerSecond,
        Window = LossWindow,
        SettleFromCells = LossSettleFromCells,
        Settle = LossSettle,
        Grace = LossGrace,
        HoldWithoutCells = HoldWithoutCells,
    };

    /// <summary>The rules that values break, or null.</summary>
    public DomainError? Validate()
    {
        var broken = new List<FieldViolation>();
        void Positive(string field, TimeSpan value)
        {
            if (value <= TimeSpan.Zero)
                broken.Add(new(field, "must be greater than 0"));
        }
        void NotNegative(string field, TimeSpan value)
        {
            if (value < TimeSpan.Zero)
                broken.Add(new(field, "must be at least 0"));
        }

        Positive("stale-unclaimed", StaleUnclaimed);
        Positive("pending-task-retry", PendingTaskRetry);
        Positive("pending-task-expiry", PendingTaskExpiry);
        Positive("task-kick", TaskKick);
        Positive("completed-task-expiry", CompletedTaskExpiry);
        Positive("repeat-after", RepeatAfter);
        Positive("audit-interval", AuditInterval);
        Positive("apply-timeout", ApplyTimeout);
        Positive("retry-pause", RetryPause);
        Positive("loss-window", LossWindow);
        if (RetrySpread < TimeSpan.Zero || RetrySpread > TimeSpan.FromHours(1))
            broken.Add(new("retry-spread", "must be from 0 to 1 h"));
        NotNegative("gather", Gather);
        NotNegative("loss-grace", LossGrace);
        NotNegative("hold-without-cells", HoldWithoutCells);
        if (BatchSize is < 1 or > 10_000)
            broken.Add(new("batch-size", "must be from 1 to 10000"));
        if (OutboxLimit < BatchSize)
            broken.Add(new("outbox-limit", "must be at least the batch size"));
        if (PacedAboveShare is not (>= 0 and <= 1))
            broken.Add(new("paced-above-share", "must be from 0 to 1"));
        if (PacedFromCells < 1)
            broken.Add(new("paced-from-cells", "must be at least 1"));
        if (LossSettleFromCells < 1 || LossSettle < TimeSpan.Zero)
            broken.Add(new("loss-settle", "must be at least 0, and need at least 1 cell"));
        if (PacedCellsPerSecond is not (> 0 and <= 1_000_000))
            broken.Add(new("paced-cells-per-second", "must be greater than 0 and at most 1000000"));
        return broken.Count == 0 ? LeaseOptions.ValidateTtl(LockTtl) : DomainError.Invalid(broken);
    }
}
