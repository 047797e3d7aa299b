using System.Globalization;
using System.Text.Json;
using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Rep.Capacity;

namespace Scheduler.Simulation.Fleet;

/// <param name="P50">In milliseconds, like the others.</param>
public sealed record WaitPercentiles(long Count, double P50, double P90, double P99, double P999, double Max)
{
    /// <summary>Formats one of the values for people, in a suitable unit.</summary>
    public static string Text(double milliseconds) =>
        milliseconds switch
        {
            < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.#} ms"),
            < 60_000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1_000:0.#} s"),
            < 3_600_000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 60_000:0.#} min"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 3_600_000:0.#} h"),
        };
}

/// <summary>State of all work at the end of a run.</summary>
/// <param name="Failed">Tasks that ended without a result.</param>
public sealed record WorkAccount(long Arrived, long Waiting, long Starting, long Running, long Departed, long Failed);

/// <param name="MemoryUsedMaxMinusMinMean">
/// Used fraction of memory of the fullest zone minus that of the emptiest, mean over time.
/// </param>
/// <param name="ProcessesUneven">Processes at the end whose running instances differ by more than one between two zones.</param>
public sealed record ZoneImbalance(double MemoryUsedMaxMinusMinMean, double MemoryUsedMaxMinusMinMax, int ProcessesUneven);

/// <summary>Used fractions of memory over the cells that accept work, without the small pool.</summary>
public sealed record FillStats(double MeanOverTime, double MeanHighest, double MeanAtEnd, double StddevMeanOverTime, double StddevAtEnd);

/// <summary>Counts that must be 0.</summary>
/// <param name="OverbookedCells">How often a cell held more than its capacity.</param>
/// <param name="BooksDisagree">How often the ledger of an idle cell differed from the auction's view of it.</param>
/// <param name="UnaccountedWork">Work that arrived but is neither present nor ended.</param>
public sealed record InvariantViolations(long OverbookedCells, long BooksDisagree, long UnaccountedWork)
{
    public long Sum => OverbookedCells + BooksDisagree + Math.Abs(UnaccountedWork);
}

/// <summary>Result of a fleet simulation; equal options give byte-identical JSON.</summary>
public sealed record FleetResult
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public required ulong Seed { get; init; }
    public required int Cells { get; init; }
    public required int Zones { get; init; }
    public required int Hours { get; init; }
    public required long Events { get; init; }
    public required WorkAccount Work { get; init; }

    /// <summary>Work that started to wait for a cell, by cause.</summary>
    public required IReadOnlyDictionary<string, long> Arrivals { get; init; }

    /// <summary>Work that a cell has accepted and that the BBS let it claim.</summary>
    public required long Placements { get; init; }

    /// <summary>Reasons that cells gave for returning work to the auction.</summary>
    public required IReadOnlyDictionary<string, long> Refusals { get; init; }

    /// <summary>Decisions that placed nothing, by the auction's reason; the same work may fail again every 30 s.</summary>
    public required IReadOnlyDictionary<string, long> Failures { get; init; }

    public required IReadOnlyDictionary<string, long> Departures { get; init; }
    public required IReadOnlyDictionary<string, long> TasksFailed { get; init; }

    /// <summary>From the start of waiting until a cell has accepted the work.</summary>
    public required WaitPercentiles WaitMs { get; init; }

    /// <summary>From the start of waiting until the container runs.</summary>
    public required WaitPercentiles StartMs { get; init; }

    public required ZoneImbalance ZoneImbalance { get; init; }
    public required FillStats Fill { get; init; }
    public required InvariantViolations InvariantViolations { get; init; }
    public required IReadOnlyDictionary<string, long> Happenings { get; init; }

    /// <summary>The auction engine's own counters.</summary>
    public required IReadOnlyDictionary<string, long> Auction { get; init; }

    /// <summary>For the charts only.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    internal FleetMeasures Measures { get; private init; } = null!;

    [System.Text.Json.Serialization.JsonIgnore]
    internal IReadOnlyList<CellProfile> Profiles { get; private init; } = [];

    public string ToJson() => JsonSerializer.Serialize(this, SnakeCase);

    internal static FleetResult Of(
        FleetOptions options,
        FleetMeasures seen,
        AuctionEngine engine,
        long events,
        FleetCensus census,
        IReadOnlyList<CellProfile> profiles
    )
    {
        var (departed, failed, arrived) = (seen.Departures.Values.Sum(), seen.TasksFailed.Values.Sum(), seen.Arrivals.Values.Sum());
        return new FleetResult
        {
            Seed = options.Seed,
            Cells = options.Cells,
            Zones = options.Zones,
            Hours = options.Hours,
            Events = events,
            Work = new WorkAccount(arrived, census.Waiting, census.Starting, census.Running, departed, failed),
            Arrivals = seen.Arrivals,
            Placements = seen.Placements,
            Refusals = seen.Refusals,
            Failures = seen.Failures,
            Departures = seen.Departures,
            TasksFailed = seen.TasksFailed,
            WaitMs = Percentiles(seen.Waits),
            StartMs = Percentiles(seen.Starts),
            ZoneImbalance = ImbalanceOf(seen, census),
            Fill = new FillStats(
                Round(seen.FillMean.Average()),
                Round(seen.FillMean.Max()),
                Round(seen.FillMean[^1]),
                Round(seen.FillSpread.Average()),
                Round(seen.FillSpread[^1])
            ),
            InvariantViolations = new InvariantViolations(
                seen.OverbookedCells,
                seen.BooksDisagree,
                arrived - departed - failed - census.Waiting - census.Starting - census.Running
            ),
            Happenings = seen.Happenings,
            Auction = Counters(engine.Counters, seen),
            Measures = seen,
            Profiles = profiles,
        };
    }

    private static WaitPercentiles Percentiles(WaitHistogram waits) =>
        new(
            waits.Count,
            waits.PercentileMs(0.5),
            waits.PercentileMs(0.9),
            waits.PercentileMs(0.99),
            waits.PercentileMs(0.999),
            waits.Max.TotalMilliseconds
        );

    private static ZoneImbalance ImbalanceOf(FleetMeasures seen, FleetCensus census)
    {
        var (sum, most) = (0.0, 0.0);
        for (var slice = 0; slice < FleetMeasures.Slices; slice++)
        {
            var present = seen.ZoneUsed.Select(zone => zone[slice]).Where(double.IsFinite).DefaultIfEmpty().ToList();
            var apart = present.Max() - present.Min();
            sum += apart;
            most = Math.Max(most, apart);
        }

        return new ZoneImbalance(Round(sum / FleetMeasures.Slices), Round(most), census.ProcessesUnevenOverZones);
    }

    private static SortedDictionary<string, long> Counters(AuctionCounters counters, FleetMeasures seen) =>
        new(StringComparer.Ordinal)
        {
            ["placed"] = counters.Placed,
            ["not_placed"] = counters.NotPlaced,
            ["confirmed"] = counters.Confirmed,
            ["refused"] = counters.Refused,
            ["lapsed"] = counters.Lapsed,
            ["answers_unknown"] = counters.AnswersUnknown,
            ["reports_applied"] = counters.ReportsApplied,
            ["reports_refused"] = seen.ReportsRefused,
            ["lost_claims"] = seen.LostClaims,
            ["broken_calls"] = seen.BrokenCalls,
        };

    private static double Round(double value) => Math.Round(value, 6);
}
