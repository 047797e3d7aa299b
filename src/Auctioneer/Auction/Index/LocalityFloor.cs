using Scheduler.Auctioneer.Auction.Tables;

namespace Scheduler.Auctioneer.Auction.Index;

/// <summary>
/// Lower bound of a process's instances per cell, for a process that runs all over a group: every cell of the group runs at least
/// <see cref="Level"/>, except the <see cref="Laggards"/>. A search can thus include that much locality in its bound, instead of trying
/// many cells that fail only because they already run the process.
/// </summary>
internal sealed class LocalityFloor
{
    public const int MaxLaggards = 16;

    /// <summary>
    /// Levels distinguished when learning. A process with more instances than this on every cell only gets a looser bound.
    /// </summary>
    private const int MaxLevels = 1024;

    private readonly int[] _laggards = new int[MaxLaggards];
    private int _laggardCount;
    private int _debt;

    public int Level { get; private set; }

    public ReadOnlySpan<int> Laggards => _laggards.AsSpan(0, _laggardCount);

    /// <summary>
    /// Adds the number of cells that a search tried in vain. Learning looks at every cell, so it waits until that many tries were in vain:
    /// it never costs more than it may save.
    /// </summary>
    public void Owe(int wasted, ReadOnlySpan<int> cells, ProcessTable processes, int process)
    {
        _debt += wasted;
        if (_debt < cells.Length)
            return;
        _debt = 0;
        Learn(cells, processes, process);
    }

    /// <summary>A cell of the group now runs fewer instances than before.</summary>
    /// <returns>False if the floor no longer holds.</returns>
    public bool Fell(int cell, int count)
    {
        if (count >= Level || Laggards.Contains(cell))
            return true;
        if (_laggardCount == MaxLaggards)
            return false;
        _laggards[_laggardCount++] = cell;
        return true;
    }

    private void Learn(ReadOnlySpan<int> cells, ProcessTable processes, int process)
    {
        Span<int> atLevel = stackalloc int[MaxLevels];
        atLevel.Clear();
        foreach (var cell in cells)
            atLevel[Math.Min(processes.CountOn(process, cell), MaxLevels - 1)]++;
        var below = 0;
        Level = 0;
        while (Level < MaxLevels - 1 && below + atLevel[Level] <= MaxLaggards)
            below += atLevel[Level++];
        _laggardCount = 0;
        foreach (var cell in cells)
            if (processes.CountOn(process, cell) < Level)
                _laggards[_laggardCount++] = cell;
    }
}
