using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Recording;

/// <summary>One call to the engine and, for a placement, its result. Exactly one member is set.</summary>
public sealed record InputLogEntry
{
    /// <summary>The first entry of every file: all that is needed to continue from here.</summary>
    public InputLogStart? Start { get; init; }

    public CellReport? Report { get; init; }
    public CellChange? Change { get; init; }
    public LoggedCell? Remove { get; init; }
    public LoggedPlacement? Place { get; init; }
    public LoggedAnswer? Confirm { get; init; }
    public LoggedAnswer? Refuse { get; init; }
    public LoggedAnswer? Lapse { get; init; }

    public static InputLogEntry StartOf(AuctionEngine engine) =>
        new()
        {
            Start = new InputLogStart
            {
                Rules = engine.Rules,
                Cells = engine.Reports(),
                Held = engine.Held(),
            },
        };

    public static InputLogEntry Of(CellReport report) => new() { Report = report };

    public static InputLogEntry Of(CellChange change) => new() { Change = change };

    public static InputLogEntry Removed(CellId cell) => new() { Remove = new LoggedCell(cell) };

    public static InputLogEntry Of(in PlacementAsk ask, in PlacementResult result) =>
        new()
        {
            Place = new LoggedPlacement
            {
                Kind = ask.Kind,
                Guid = ask.Guid,
                Index = ask.Index,
                MemoryMb = ask.MemoryMb,
                DiskMb = ask.DiskMb,
                Constraint = ask.Constraints.Constraint,
                Cell = result.Placed ? result.Cell : null,
                Score = result.Score,
                Reservation = result.Reservation,
                Error = result.Error,
            },
        };

    public static InputLogEntry Confirmed(ReservationId id, long incarnation, long revision) =>
        new() { Confirm = new LoggedAnswer(id, incarnation, revision) };

    public static InputLogEntry Refused(ReservationId id) => new() { Refuse = new LoggedAnswer(id) };

    public static InputLogEntry Lapsed(ReservationId id) => new() { Lapse = new LoggedAnswer(id) };
}

/// <summary>The state at the start of a file.</summary>
public sealed record InputLogStart
{
    public const string FormatName = "scheduler-auction-input-log";
    public const int CurrentVersion = 1;

    public string Format { get; init; } = FormatName;
    public int Version { get; init; } = CurrentVersion;
    public required AuctionRules Rules { get; init; }

    /// <summary>In fleet order.</summary>
    public required IReadOnlyList<CellReport> Cells { get; init; }

    public required IReadOnlyList<HeldReservation> Held { get; init; }
}

public sealed record LoggedCell(CellId Cell);

/// <summary>A piece of work, and where it was placed or why it was not.</summary>
public sealed record LoggedPlacement
{
    public required WorkKind Kind { get; init; }
    public required string Guid { get; init; }
    public int Index { get; init; }
    public required int MemoryMb { get; init; }
    public required int DiskMb { get; init; }
    public required PlacementConstraint Constraint { get; init; }
    public CellId? Cell { get; init; }
    public double Score { get; init; }
    public ReservationId Reservation { get; init; }
    public string? Error { get; init; }
}

/// <summary>Outcome of a reservation; incarnation and revision belong to a confirmation.</summary>
public sealed record LoggedAnswer(ReservationId Reservation, long Incarnation = 0, long Revision = 0);
