namespace Scheduler.Simulation.Fleet;

/// <summary>
/// Measurements of a run so far: totals, and series by time slice for the charts. The number of slices is fixed, so memory does not grow
/// with the simulated hours.
/// </summary>
internal sealed class FleetMeasures
{
    public const int Slices = 240;

    /// <summary>The fill of an absent cell.</summary>
    public const byte Absent = byte.MaxValue;

    /// <summary>The fill of a full cell, in the units of <see cref="Fill"/>.</summary>
    public const byte FullCell = 250;

    private readonly TimeSpan _slice;

    public FleetMeasures(FleetOptions options)
    {
        _slice = TimeSpan.FromHours(options.Hours) / Slices;
        Fill = new byte[options.Cells][];
        for (var cell = 0; cell < options.Cells; cell++)
            Fill[cell] = new byte[Slices];
        ZoneUsed = new double[options.Zones][];
        for (var zone = 0; zone < options.Zones; zone++)
            ZoneUsed[zone] = new double[Slices];
        for (var slice = 0; slice < Slices; slice++)
            SliceWaits[slice] = new WaitHistogram();
    }

    /// <summary>Work that started to wait for a cell, by cause.</summary>
    public SortedDictionary<string, long> Arrivals { get; } = new(StringComparer.Ordinal);

    /// <summary>Work that ended as intended, by kind of end.</summary>
    public SortedDictionary<string, long> Departures { get; } = new(StringComparer.Ordinal);

    /// <summary>Tasks that ended without a result, by cause.</summary>
    public SortedDictionary<string, long> TasksFailed { get; } = new(StringComparer.Ordinal);

    /// <summary>Reasons that cells gave for rejecting work.</summary>
    public SortedDictionary<string, long> Refusals { get; } = new(StringComparer.Ordinal);

    /// <summary>Decisions that placed nothing, by the auction's reason.</summary>
    public SortedDictionary<string, long> Failures { get; } = new(StringComparer.Ordinal);

    /// <summary>The failures by slice.</summary>
    public SortedDictionary<string, int[]> SliceFailures { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, long> Happenings { get; } = new(StringComparer.Ordinal);

    public long Placements { get; set; }

    /// <summary>Containers that a cell created for work that was no longer desired.</summary>
    public long LostClaims { get; set; }

    public long BrokenCalls { get; set; }

    /// <summary>From the start of waiting until a cell has accepted the work.</summary>
    public WaitHistogram Waits { get; } = new();

    /// <summary>From the start of waiting until the container runs.</summary>
    public WaitHistogram Starts { get; } = new();

    public WaitHistogram[] SliceWaits { get; } = new WaitHistogram[Slices];

    /// <summary>By cell and slice: the fraction of memory used at the end of the slice, in units of 1/<see cref="FullCell"/>.</summary>
    public byte[][] Fill { get; }

    /// <summary>By zone and slice: the used fraction of the memory of present cells.</summary>
    public double[][] ZoneUsed { get; }

    /// <summary>By slice: the standard deviation of the used fraction of memory over cells that accept work.</summary>
    public double[] FillSpread { get; } = new double[Slices];

    public double[] FillMean { get; } = new double[Slices];

    /// <summary>By slice: number of present cells.</summary>
    public int[] CellsUp { get; } = new int[Slices];

    public long OverbookedCells { get; set; }

    public long BooksDisagree { get; set; }

    public long ReportsRefused { get; set; }

    public int SliceOf(TimeSpan moment) => (int)Math.Min(moment.Ticks / _slice.Ticks, Slices - 1);

    /// <summary>The moment at which a slice is measured: its end.</summary>
    public TimeSpan EndOf(int slice) => _slice * (slice + 1);

    public void Placed(TimeSpan now, TimeSpan wait)
    {
        Placements++;
        Waits.Add(wait);
        SliceWaits[SliceOf(now)].Add(wait);
    }

    public void NotPlaced(TimeSpan now, string reason)
    {
        Count(Failures, reason);
        if (!SliceFailures.TryGetValue(reason, out var slices))
            SliceFailures[reason] = slices = new int[Slices];
        slices[SliceOf(now)]++;
    }

    public static void Count(SortedDictionary<string, long> sums, string what, long times = 1) =>
        sums[what] = sums.GetValueOrDefault(what) + times;
}
