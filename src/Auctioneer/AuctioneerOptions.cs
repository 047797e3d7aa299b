using System.ComponentModel.DataAnnotations;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Recording;
using Scheduler.Hosting.Leases;
using Scheduler.Hosting.Settings;
using Scheduler.Models;

namespace Scheduler.Auctioneer;

/// <summary>Settings of one auctioneer. Weights and limits of the auction itself are in <see cref="AuctionRules"/>.</summary>
public sealed record AuctioneerOptions : IValidatableObject
{
    public AuctionRules Rules { get; init; } = AuctionRules.Default;

    /// <summary>TTL of the leader lock: a standby takes over after this long without renewal. From 3 s to 10 min.</summary>
    [Setting("Leader lock TTL: a standby takes over after this long without renewal", Common = true)]
    [Range(typeof(TimeSpan), "00:00:03", "00:10:00")]
    public TimeSpan LockTtl { get; init; } = LeaseOptions.DefaultTtl;

    /// <summary>
    /// Limit of starts that wait for a decision. Further ones are refused with Overloaded, and the BBS asks again. At least 1.
    /// </summary>
    [Setting("Maximum number of starts waiting for a placement decision; further ones are refused as overloaded")]
    [Range(1, int.MaxValue)]
    public int MaxWaitingWork { get; init; } = 1_000_000;

    /// <summary>
    /// Limit of messages (requests, reports, answers) that wait for the loop. When the queue is full, cell links wait. At least 16.
    /// </summary>
    [Setting("Maximum number of messages waiting for the bidding loop")]
    [Range(16, int.MaxValue)]
    public int QueueLength { get; init; } = 65_536;

    /// <summary>
    /// Pieces of work in one auction, taken from the processes in turn. The rest waits for the next auction, which follows at once. 5,000
    /// take some ten milliseconds, so nothing new waits longer than that for the loop. At least 1.
    /// </summary>
    [Setting("Maximum number of pieces of work in one auction; the rest waits for the next, which follows immediately")]
    [Range(1, int.MaxValue)]
    public int MaxAuctionBatch { get; init; } = 5_000;

    /// <summary>
    /// Sustained rate of starts sent to one cell, per second; 0 for no limit. Unpacking, wiring and starting a container takes some 50 to
    /// 100 ms of processor time, so 20 a second use one or two cores and leave the rest to what runs there. The fleet's rate is this times
    /// its number of cells. Otherwise from 0.01 to 100,000.
    /// </summary>
    [Setting("Sustained rate of starts sent to one cell, per second; 0: no limit", Name = "starts-per-cell", Common = true)]
    public double StartsPerCellPerSecond { get; init; } = 20;

    /// <summary>
    /// Maximum burst of starts sent to one cell after a quiet time, and the most that may be unanswered there. A rep creates 32 containers
    /// at a time; 50 keep it busy, and a small cell's whole load does not wait. 1 to 100,000.
    /// </summary>
    [Setting("Maximum burst of starts sent to one cell", Name = "start-burst", Common = true)]
    [Range(1, 100000)]
    public int StartBurstPerCell { get; init; } = 50;

    /// <summary>Pieces of work in one call to a cell, so that a flood to one cell stays within its message limit. At least 1.</summary>
    [Setting("Maximum number of pieces of work in one call to a cell")]
    [Range(1, int.MaxValue)]
    public int MaxWorkPerCall { get; init; } = 500;

    /// <summary>
    /// How long a reservation waits for the cell's answer, from the hand-over of the work. Then the work is auctioned again; if the cell
    /// took it after all, the claim at the BBS decides which of the two runs.
    /// </summary>
    [Setting("Maximum time that a reservation waits for its cell to answer; then the work is auctioned again")]
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan ReservationTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many times refused work is auctioned again before the refusal becomes a placement error. At least 0.</summary>
    [Setting("Number of times that refused work is auctioned again before the refusal becomes a placement error")]
    [Range(0, int.MaxValue)]
    public int MaxReauctions { get; init; } = 3;

    /// <summary>
    /// Longest wait for the first reports of known cells. Starts wait until then, because otherwise all of them would be refused for lack
    /// of cells.
    /// </summary>
    [Setting("Maximum wait for the first state of known cells after becoming active")]
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan FirstReportsTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Shortest and longest pause before a cell's broken state stream is reopened; it doubles in between. Jitter shortens it by up to half.
    /// </summary>
    [Setting("Minimum pause before a cell's broken state stream is reopened; doubles up to --reconnect-pause-max")]
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan ReconnectPauseMin { get; init; } = TimeSpan.FromMilliseconds(100);

    [Setting("Maximum pause before a cell's broken state stream is reopened")]
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan ReconnectPauseMax { get; init; } = TimeSpan.FromSeconds(5);

    internal Backoff Reconnect => new(ReconnectPauseMin, ReconnectPauseMax);

    /// <summary>
    /// Shortest and longest time for which a cell gets no work after it has reported its state but not answered for work twice in a row, or
    /// once if that kept the work waiting. It doubles in between until the cell answers. Work goes elsewhere meanwhile; the last usable
    /// cell, and more than a quarter of the fleet, are never quarantined.
    /// </summary>
    [Setting("Minimum time that an unresponsive cell gets no work; doubles up to --quarantine-max")]
    [Range(typeof(TimeSpan), "00:00:00.001", "24:00:00")]
    public TimeSpan QuarantineMin { get; init; } = TimeSpan.FromSeconds(5);

    [Setting("Maximum time that an unresponsive cell gets no work")]
    [Range(typeof(TimeSpan), "00:00:00.001", "24:00:00")]
    public TimeSpan QuarantineMax { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How many decisions are kept for explanations as they were made, at about 100 bytes each; 0 for none. At most 10,000,000.
    /// </summary>
    [Setting("Number of past decisions kept for explain; 0: none", Common = true)]
    [Range(0, 10000000)]
    public int RememberedDecisions { get; init; } = 10_000;

    /// <summary>
    /// Refusals per second that are explained when they are decided. An explanation looks at every cell, which takes some milliseconds with
    /// 10,000 cells, so 20 leave the loop more than nine tenths of its time. At least 0.
    /// </summary>
    [Setting("Refusals per second whose explanation is computed when they are decided; 0: none")]
    [Range(0, int.MaxValue)]
    public int ExplainedRefusalsPerSecond { get; init; } = 20;

    /// <summary>
    /// Limit of concurrent explanations and plans; further ones are refused with Overloaded. Each holds a copy of the fleet. At least 1.
    /// </summary>
    [Setting("Concurrent explanations and plans; further ones are refused as overloaded")]
    [Range(1, int.MaxValue)]
    public int MaxQueries { get; init; } = 4;

    /// <summary>Pieces of work in one plan, so that its answer fits in one message. At least 1.</summary>
    [Setting("Maximum number of pieces of work in one plan")]
    [Range(1, int.MaxValue)]
    public int MaxPlannedWork { get; init; } = 20_000;

    /// <summary>Seed for jitter; null picks a different one for each run.</summary>
    internal int? Seed { get; init; }

    /// <summary>Where auctions are recorded; null to disable recording.</summary>
    public RecordingOptions? Recording { get; init; }

    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext context)
    {
        if (StartsPerCellPerSecond is not (0 or (>= 0.01 and <= 100_000)))
            yield return new ValidationResult("must be from 0.01 to 100000, or 0 for no limit", [nameof(StartsPerCellPerSecond)]);
        if (ReconnectPauseMax < ReconnectPauseMin)
            yield return new ValidationResult("must be at least reconnect-pause-min", [nameof(ReconnectPauseMax)]);
        if (QuarantineMax < QuarantineMin)
            yield return new ValidationResult("must be at least quarantine-min", [nameof(QuarantineMax)]);
    }
}
