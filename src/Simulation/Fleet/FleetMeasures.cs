namespace Scheduler.Simulation.Fleet;

/// <summary>
/// What a run has shown so far: sums over the whole run, and the same by slice of time for the pictures. The number of
/// slices is fixed, so memory does not grow with the hours.
/// </summary>
internal sealed class FleetMeasures
{
    public const int Slices = 240;

    /// <summary>A cell's fill when it was not there.</summary>
    public const byte Absent = byte.MaxValue;

    /// <summary>A cell that is full, in the units of <see cref="Fill"/>.</summary>
    public const byte FullCell = 250;

    private readonly TimeSpan _slice;

    public FleetMeasures(FleetOptions options)
    {
        _slice = TimeSpan.FromHours(options.Hours) / Slices;
        Fill = new byte[options.Cells][];
        for (var cell = 0; cell < options.Cells; cell++) Fill[cell] = new byte[Slices];
        ZoneUsed = new double[options.Zones][];
        for (var zone = 0; zone < options.Zones; zone++) ZoneUsed[zone] = new double[Slices];
        for (var slice = 0; slice < Slices; slice++) SliceWaits[slice] = new WaitHistogram();
    }

    /// <summary>Work that began to want a place, by why.</summary>
    public SortedDictionary<string, long> Arrivals { get; } = new(StringComparer.Ordinal);

    /// <summary>Work that ended as it may, by how.</summary>
    public SortedDictionary<string, long> Departures { get; } = new(StringComparer.Ordinal);

    /// <summary>Tasks that ended without a result, by why.</summary>
    public SortedDictionary<string, long> TasksFailed { get; } = new(StringComparer.Ordinal);

    /// <summary>What cells said when they sent work back.</summary>
    public SortedDictionary<string, long> Refusals { get; } = new(StringComparer.Ordinal);

    /// <summary>Decisions that placed nothing, by the auction's words.</summary>
    public SortedDictionary<string, long> Failures { get; } = new(StringComparer.Ordinal);

    /// <summary>The same by slice.</summary>
    public SortedDictionary<string, int[]> SliceFailures { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, long> Happenings { get; } = new(StringComparer.Ordinal);

    public long Placements { get; set; }

    /// <summary>Containers that a cell took for work that was wanted no more.</summary>
    public long LostClaims { get; set; }

    public long BrokenCalls { get; set; }

    /// <summary>From wanting a place until a cell has taken the work.</summary>
    public WaitHistogram Waits { get; } = new();

    /// <summary>From wanting a place until the container runs.</summary>
    public WaitHistogram Starts { get; } = new();

    public WaitHistogram[] SliceWaits { get; } = new WaitHistogram[Slices];

    /// <summary>By cell and slice: the used part of memory at the slice's end, in parts of <see cref="FullCell"/>.</summary>
    public byte[][] Fill { get; }

    /// <summary>By zone and slice: the used part of the memory of cells that are there.</summary>
    public double[][] ZoneUsed { get; }

    /// <summary>By slice: the standard deviation of the used part of memory over cells that take work.</summary>
    public double[] FillSpread { get; } = new double[Slices];

    public double[] FillMean { get; } = new double[Slices];

    /// <summary>By slice: cells that are there.</summary>
    public int[] CellsUp { get; } = new int[Slices];

    public long OverbookedCells { get; set; }

    public long BooksDisagree { get; set; }

    public long ReportsRefused { get; set; }

    public int SliceOf(TimeSpan moment) => (int)Math.Min(moment.Ticks / _slice.Ticks, Slices - 1);

    /// <summary>The moment at which a slice is looked at: its end.</summary>
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
        if (!SliceFailures.TryGetValue(reason, out var slices)) SliceFailures[reason] = slices = new int[Slices];
        slices[SliceOf(now)]++;
    }

    public static void Count(SortedDictionary<string, long> sums, string what, long times = 1) =>
        sums[what] = sums.GetValueOrDefault(what) + times;
}
