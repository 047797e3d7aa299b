using System.ComponentModel.DataAnnotations;
using Scheduler.Converger.Rules.Cells;
using Scheduler.Converger.Rules.Terms;
using Scheduler.Hosting.Leases;
using Scheduler.Hosting.Settings;

namespace Scheduler.Converger;

/// <summary>Settings of the converger. The rules' delays default to Diego's values unless stated otherwise.</summary>
public sealed record ConvergerOptions : IValidatableObject
{
    /// <summary>TTL of the leader lock: a standby takes over after this long without renewal. From 3 s to 10 min.</summary>
    [Setting("Leader lock TTL: a standby takes over after this long without renewal", Common = true)]
    [Range(typeof(TimeSpan), "00:00:03", "00:10:00")]
    public TimeSpan LockTtl { get; init; } = LeaseOptions.DefaultTtl;

    /// <summary>Age at which an UNCLAIMED instance is auctioned again.</summary>
    [Setting("Age at which an UNCLAIMED instance is auctioned again")]
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan StaleUnclaimed { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time since its last change after which a Pending task is auctioned again.</summary>
    [Setting("Time since the last change of a Pending task after which it is auctioned again")]
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan PendingTaskRetry { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Age at which a Pending task fails.</summary>
    [Setting("Age at which a Pending task fails")]
    [Range(typeof(TimeSpan), "00:00:00.001", "30.00:00:00")]
    public TimeSpan PendingTaskExpiry { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Time without progress after which the callback of a completed task is submitted again.</summary>
    [Setting("Time without progress after which the callback of a completed task is submitted again")]
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan TaskKick { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time after its completion at which a task is deleted.</summary>
    [Setting("Time after which a completed task is deleted")]
    [Range(typeof(TimeSpan), "00:00:00.001", "30.00:00:00")]
    public TimeSpan CompletedTaskExpiry { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Period over which retries that fall due together are spread, each with its own offset. 0 disables spreading. Diego's sweeps run up
    /// to 30 s late, so clients cannot depend on the exact moment.
    /// </summary>
    [Setting("Time over which simultaneous retries are spread; 0s: not spread")]
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan RetrySpread { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>
    /// Time after which a command without visible effect is sent again. It must be longer than a rep's reporting interval (30 s), because
    /// some effects become visible only in that report.
    /// </summary>
    [Setting("Time after which a command without visible effect is sent again; longer than the cells' --sync-interval")]
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan RepeatAfter { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>
    /// Interval between audits of the whole state, which repair what the incremental steps missed. An audit should find nothing; its
    /// findings are counted.
    /// </summary>
    [Setting("Interval between audits of the whole state")]
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan AuditInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long changes are gathered before the rules run. One client action arrives as several events; between them the instances of a
    /// desired LRP can look missing.
    /// </summary>
    [Setting("Time to collect changes before deciding on them; 0s: none")]
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan Gather { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Commands per call. A call is one entry in the BBS's commit loop and blocks other commits while it runs.</summary>
    [Setting("Maximum number of commands in one call to the BBS")]
    [Range(1, 10000)]
    public int BatchSize { get; init; } = 500;

    /// <summary>
    /// Limit of the queue of unsent commands. When it is full, changes stay in the dirty sets, which hold each key at most once.
    /// </summary>
    [Setting("Maximum number of commands waiting to be sent; at least --batch-size")]
    [Range(1, int.MaxValue)]
    public int OutboxLimit { get; init; } = 5000;

    /// <summary>Timeout of a call to the BBS.</summary>
    [Setting("Timeout of a call to the BBS")]
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan ApplyTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Pause after a failed call or a broken stream. Jitter makes it up to twice as long, so that components do not reconnect at the same
    /// moment.
    /// </summary>
    [Setting("Pause after a failed call or a broken event stream; random jitter up to doubles it")]
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan RetryPause { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Cell losses are paced when more than this share of the cells (0 to 1) disappears within <see cref="LossWindow"/>.</summary>
    [Setting("Share of the cells (0 to 1) that may be lost within --loss-window before losses are paced", Common = true)]
    [Range(0.0, 1.0)]
    public double PacedAboveShare { get; init; } = CellLossPolicy.Default.PacedAboveShare;

    /// <summary>Losses of fewer cells than this are never paced, whatever their share.</summary>
    [Setting("Number of lost cells below which losses are never paced")]
    [Range(1, int.MaxValue)]
    public int PacedFromCells { get; init; } = CellLossPolicy.Default.PacedFromCells;

    /// <summary>Cells given up per second while losses are paced.</summary>
    [Setting("Cells given up per second while losses are paced", Common = true)]
    [Range(1e-6, 1e6)]
    public double PacedCellsPerSecond { get; init; } = CellLossPolicy.Default.PacedCellsPerSecond;

    /// <summary>Window within which losses count as simultaneous. It must be longer than a presence's TTL.</summary>
    [Setting("Window within which losses count as simultaneous; longer than the cells' --presence-ttl", Common = true)]
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan LossWindow { get; init; } = CellLossPolicy.Default.Window;

    /// <summary>From this number of lost cells, the converger first waits to see how many more disappear. At least 1.</summary>
    [Setting("Number of lost cells from which the converger waits for further losses before it acts")]
    [Range(1, int.MaxValue)]
    public int LossSettleFromCells { get; init; } = CellLossPolicy.Default.SettleFromCells;

    /// <summary>Length of that wait; about one presence renewal interval.</summary>
    [Setting("Time that the converger waits for further losses; 0s: none")]
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan LossSettle { get; init; } = CellLossPolicy.Default.Settle;

    /// <summary>
    /// Time for cells to announce themselves after this converger or another BBS becomes active: a presence's TTL plus one renewal
    /// interval.
    /// </summary>
    [Setting(
        "Time for cells to announce themselves after a converger or BBS becomes active; longer than the cells' --presence-ttl",
        Common = true
    )]
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan LossGrace { get; init; } = CellLossPolicy.Default.Grace;

    /// <summary>Time for which no cell is given up while no cell is present.</summary>
    [Setting("Maximum time for which no cell is given up because no cell is present", Common = true)]
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan HoldWithoutCells { get; init; } = CellLossPolicy.Default.HoldWithoutCells;

    /// <summary>Seed for jitter; null picks a different one for each run.</summary>
    internal int? Seed { get; init; }

    internal ConvergenceTimings Timings =>
        new()
        {
            StaleUnclaimed = StaleUnclaimed,
            PendingTaskRetry = PendingTaskRetry,
            PendingTaskExpiry = PendingTaskExpiry,
            TaskKick = TaskKick,
            CompletedTaskExpiry = CompletedTaskExpiry,
            RetrySpread = RetrySpread,
        };

    internal CellLossPolicy LossPolicy =>
        new()
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

    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext context)
    {
        if (OutboxLimit < BatchSize)
            yield return new ValidationResult("must be at least batch-size", [nameof(OutboxLimit)]);
    }
}
