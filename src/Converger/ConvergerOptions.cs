using System.ComponentModel.DataAnnotations;
using Scheduler.Converger.Rules.Cells;
using Scheduler.Converger.Rules.Terms;
using Scheduler.Hosting.Leases;
using Scheduler.Hosting.Settings;

namespace Scheduler.Converger;

/// <summary>When the converger acts. Waits of the rules are Diego's unless they say otherwise.</summary>
public sealed record ConvergerOptions : IValidatableObject
{
    /// <summary>How long this converger may be silent before another takes over. From 3 s to 10 min.</summary>
    [Setting("Leader lock TTL: a standby takes over after this long without renewal", Common = true)]
    [Range(typeof(TimeSpan), "00:00:03", "00:10:00")]
    public TimeSpan LockTtl { get; init; } = LeaseOptions.DefaultTtl;

    /// <summary>An UNCLAIMED instance is auctioned again after this long.</summary>
    [Setting("Age at which an UNCLAIMED instance is auctioned again")]
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan StaleUnclaimed { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A Pending task is auctioned again this long after its last change.</summary>
    [Setting("Time since its last change after which a Pending task is auctioned again")]
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan PendingTaskRetry { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A task that is Pending for this long fails.</summary>
    [Setting("Age at which a Pending task fails")]
    [Range(typeof(TimeSpan), "00:00:00.001", "30.00:00:00")]
    public TimeSpan PendingTaskExpiry { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>The callback of a completed task that has not moved for this long is submitted again.</summary>
    [Setting("Time without progress after which the callback of a completed task is submitted again")]
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan TaskKick { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A task that completed this long ago is deleted.</summary>
    [Setting("Time after its completion at which a task is deleted")]
    [Range(typeof(TimeSpan), "00:00:00.001", "30.00:00:00")]
    public TimeSpan CompletedTaskExpiry { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Retries that one event made due at the same moment are spread over this long, each with a place of its own; 0: not at all.
    /// Diego's sweeps come up to 30 s late, so nobody counts on the moment.
    /// </summary>
    [Setting("Time over which retries that fall due together are spread; 0s: not spread")]
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan RetrySpread { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>
    /// A command whose effect does not show is sent again after this long. It must be longer than a rep's reporting interval
    /// (30 s), because some effects show only there.
    /// </summary>
    [Setting("Time after which a command without visible effect is sent again; longer than the cells' --sync-interval")]
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan RepeatAfter { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>Everything is looked at again this often, to mend what steps missed. It should find nothing, and counts what it finds.</summary>
    [Setting("Time between audits of the whole state")]
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan AuditInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long changes gather before they are decided on. One act of a client arrives as several events; in the middle
    /// of them a desired LRP looks as if its instances were missing.
    /// </summary>
    [Setting("Time that changes gather before they are decided on; 0s: none")]
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan Gather { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Commands per call. A call is one entry in the BBS's commit loop, and holds up others for as long as it takes.</summary>
    [Setting("Commands in one call to the BBS")]
    [Range(1, 10000)]
    public int BatchSize { get; init; } = 500;

    /// <summary>Commands that may wait to be sent. When it is full, changes wait as what they are: keys, each at most once.</summary>
    [Setting("Commands that may wait to be sent; at least --batch-size")]
    [Range(1, int.MaxValue)]
    public int OutboxLimit { get; init; } = 5000;

    /// <summary>How long a call to the BBS may take.</summary>
    [Setting("Timeout of a call to the BBS")]
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan ApplyTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After a failed call or a lost stream; up to twice as long by chance, so that not all parts return at once.</summary>
    [Setting("Pause after a failed call or a broken event stream; up to twice as long by chance")]
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan RetryPause { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Cell losses are paced when more than this share of the cells goes within <see cref="LossWindow"/>: 0 to 1.</summary>
    [Setting("Share of the cells (0 to 1) that may be lost within --loss-window before losses are paced", Common = true)]
    [Range(0.0, 1.0)]
    public double PacedAboveShare { get; init; } = CellLossPolicy.Default.PacedAboveShare;

    /// <summary>Fewer cells than this are never paced, whatever their share.</summary>
    [Setting("Number of lost cells below which losses are never paced")]
    [Range(1, int.MaxValue)]
    public int PacedFromCells { get; init; } = CellLossPolicy.Default.PacedFromCells;

    /// <summary>Cells given up per second while losses are paced.</summary>
    [Setting("Cells given up per second while losses are paced", Common = true)]
    [Range(1e-6, 1e6)]
    public double PacedCellsPerSecond { get; init; } = CellLossPolicy.Default.PacedCellsPerSecond;

    /// <summary>What counts as at once; longer than a presence's time to live.</summary>
    [Setting("Window within which losses count as simultaneous; longer than the cells' --presence-ttl", Common = true)]
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan LossWindow { get; init; } = CellLossPolicy.Default.Window;

    /// <summary>From so many lost cells on, it is first waited for how many more go. At least 1.</summary>
    [Setting("Number of lost cells from which the converger first waits for further losses")]
    [Range(1, int.MaxValue)]
    public int LossSettleFromCells { get; init; } = CellLossPolicy.Default.SettleFromCells;

    /// <summary>How long that is waited for; about a presence's renewal.</summary>
    [Setting("Time that it waits for further losses; 0s: none")]
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan LossSettle { get; init; } = CellLossPolicy.Default.Settle;

    /// <summary>
    /// How long cells have to announce themselves after this converger or another BBS has become active: a presence's time to live
    /// and one renewal.
    /// </summary>
    [Setting("Time for cells to announce themselves after a converger or BBS becomes active; longer than the cells' --presence-ttl", Common = true)]
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan LossGrace { get; init; } = CellLossPolicy.Default.Grace;

    /// <summary>How long nothing is given up while no cell at all is present.</summary>
    [Setting("Time for which no cell is given up while no cell is present", Common = true)]
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan HoldWithoutCells { get; init; } = CellLossPolicy.Default.HoldWithoutCells;

    /// <summary>For jitter; null: a different one in each run.</summary>
    internal int? Seed { get; init; }

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

    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext context)
    {
        if (OutboxLimit < BatchSize)
            yield return new ValidationResult("must be at least batch-size", [nameof(OutboxLimit)]);
    }
}
