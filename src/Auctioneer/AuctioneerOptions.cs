using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Recording;
using Scheduler.Hosting.Leases;
using Scheduler.Models;

namespace Scheduler.Auctioneer;

/// <summary>How one auctioneer works. Weights and limits of the auction itself are in <see cref="AuctionRules"/>.</summary>
public sealed record AuctioneerOptions
{
    public AuctionRules Rules { get; init; } = AuctionRules.Default;

    /// <summary>How long this auctioneer may be silent before another takes over. From 3 s to 10 min.</summary>
    public TimeSpan LockTtl { get; init; } = LeaseOptions.DefaultTtl;

    /// <summary>Starts that may wait for a decision; more are refused with Overloaded, and the BBS asks again. At least 1.</summary>
    public int MaxWaitingWork { get; init; } = 1_000_000;

    /// <summary>Messages (requests, reports, answers) that may wait for the loop; a cell's link waits when it is full. At least 16.</summary>
    public int QueueLength { get; init; } = 65_536;

    /// <summary>
    /// Pieces of work in one auction, taken from processes in turns. More wait for the next auction, which follows at once;
    /// 5,000 take some ten milliseconds, so nothing that comes anew waits longer than that for the loop. At least 1.
    /// </summary>
    public int MaxAuctionBatch { get; init; } = 5_000;

    /// <summary>
    /// Starts that one cell is handed per second in the long run; 0 for no bound. A container takes a machine some 50 to 100 ms
    /// of processor time to unpack, wire and start, so 20 a second are one or two cores' worth, and leave the rest to what
    /// runs there. A fleet starts as many times that as it has cells. Else from 0.01 to 100,000.
    /// </summary>
    public double StartsPerCellPerSecond { get; init; } = 20;

    /// <summary>
    /// Starts that one cell is handed at once after a quiet time, and the most that it may owe an answer for. A rep makes 32
    /// containers at a time; 50 keep it busy, and a small cell's whole load does not wait. 1 to 100,000.
    /// </summary>
    public int StartBurstPerCell { get; init; } = 50;

    /// <summary>Pieces of work in one call to a cell, so that a flood to one cell stays within its message limit. At least 1.</summary>
    public int MaxWorkPerCall { get; init; } = 500;

    /// <summary>
    /// How long a reservation waits for the cell's answer, from when the work was handed over. Then the work is auctioned again; should the cell have taken it
    /// after all, the claim at the BBS decides which of the two runs.
    /// </summary>
    public TimeSpan ReservationTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often work that a cell refused is auctioned again before the refusal counts as a placement error. At least 0.</summary>
    public int MaxReauctions { get; init; } = 3;

    /// <summary>Longest wait for the first reports of known cells; until then starts wait, so that they are not all refused for want of cells.</summary>
    public TimeSpan FirstReportsTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Pause before a cell's broken state stream is opened again; the least and the most, doubling in between. Up to half of it is left out by chance.</summary>
    public TimeSpan ReconnectPauseMin { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan ReconnectPauseMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a cell takes no work after it has told its state and twice in a row not answered for work, or once kept that waiting; the least
    /// and the most, doubling in between until it answers. Work goes elsewhere meanwhile; the last usable cell, and more than a quarter of
    /// the fleet, are never left out.
    /// </summary>
    public TimeSpan QuarantineMin { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan QuarantineMax { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Decisions that can be explained as they were made, at about 100 bytes each; 0 for none. At most 10,000,000.</summary>
    public int RememberedDecisions { get; init; } = 10_000;

    /// <summary>
    /// Refusals in a second that are explained when they are decided. One costs a look at every cell, some milliseconds
    /// with 10,000 cells, so 20 leave the loop more than nine tenths of its time. At least 0.
    /// </summary>
    public int ExplainedRefusalsPerSecond { get; init; } = 20;

    /// <summary>Explanations and plans under way at once; more are refused with Overloaded. Each holds a copy of the fleet. At least 1.</summary>
    public int MaxQueries { get; init; } = 4;

    /// <summary>Pieces of work in one plan, so that its answer stays within a message. At least 1.</summary>
    public int MaxPlannedWork { get; init; } = 20_000;

    /// <summary>For jitter; null: a different one in each run.</summary>
    public int? Seed { get; init; }

    /// <summary>Where auctions are recorded; null for nowhere.</summary>
    public RecordingOptions? Recording { get; init; }

    /// <summary>The rule that a value breaks, or null.</summary>
    public DomainError? Validate() =>
        Rules.Validate()
        ?? LeaseOptions.ValidateTtl(LockTtl)
        ?? AtLeast("max_waiting_work", MaxWaitingWork, 1)
        ?? AtLeast("queue_length", QueueLength, 16)
        ?? AtLeast("max_auction_batch", MaxAuctionBatch, 1)
        ?? (StartsPerCellPerSecond is 0 or (>= 0.01 and <= 100_000)
            ? null
            : DomainError.Invalid("starts_per_cell_per_second", "must be from 0.01 to 100000, or 0 for no limit"))
        ?? (StartBurstPerCell is < 1 or > 100_000 ? DomainError.Invalid("start_burst_per_cell", "must be from 1 to 100000") : null)
        ?? AtLeast("max_work_per_call", MaxWorkPerCall, 1)
        ?? AtLeast("max_reauctions", MaxReauctions, 0)
        ?? AtLeast("remembered_decisions", RememberedDecisions, 0)
        ?? (RememberedDecisions > 10_000_000 ? DomainError.Invalid("remembered_decisions", "must be at most 10000000") : null)
        ?? AtLeast("explained_refusals_per_second", ExplainedRefusalsPerSecond, 0)
        ?? AtLeast("max_queries", MaxQueries, 1)
        ?? AtLeast("max_planned_work", MaxPlannedWork, 1)
        ?? Recording?.Validate()
        ?? Positive("reservation_timeout", ReservationTimeout)
        ?? Positive("first_reports_timeout", FirstReportsTimeout)
        ?? Positive("reconnect_pause_min", ReconnectPauseMin)
        ?? Positive("quarantine_min", QuarantineMin)
        ?? (QuarantineMax < QuarantineMin ? DomainError.Invalid("quarantine_max", "must be at least quarantine_min") : null)
        ?? (ReconnectPauseMax < ReconnectPauseMin ? DomainError.Invalid("reconnect_pause_max", "must be at least reconnect_pause_min") : null);

    private static DomainError? AtLeast(string field, int value, int least) =>
        value < least ? DomainError.Invalid(field, $"must be at least {least}") : null;

    private static DomainError? Positive(string field, TimeSpan value) =>
        value <= TimeSpan.Zero ? DomainError.Invalid(field, "must be greater than 0") : null;
}
