using Scheduler.Bench.Commands.Parts;

namespace Scheduler.Bench.Commands.CellLoss;

/// <summary>Assigns cells to processes, so that killing whole processes kills exactly the intended cells.</summary>
internal sealed record CellLossFleet(IReadOnlyList<CellProcess> Killed, IReadOnlyList<CellProcess> Others)
{
    /// <summary>Names of the cells to kill.</summary>
    public IEnumerable<string> KilledIds => Killed.SelectMany(process => process.CellIds);

    public static CellLossFleet Of(CellLossOptions options)
    {
        // With exactly this many containers, the cells are full once they have their share and accept nothing else.
        var containers = options.OnKilled > 0 ? options.OnKilled / options.Kill : options.CellContainers;
        var memory = options.OnKilled > 0 ? containers * Load.Work.MostMb : options.CellMb;
        return new CellLossFleet(
            Split("killed", options.Kill, memory, containers),
            Split("cell", options.Cells - options.Kill, options.CellMb, options.CellContainers)
        );

        List<CellProcess> Split(string name, int cells, int memoryMb, int most)
        {
            var processes = new List<CellProcess>();
            for (var left = cells; left > 0; left -= options.CellsPerProcess)
            {
                var number = processes.Count;
                processes.Add(
                    new CellProcess(
                        $"{name}-{number}",
                        Math.Min(left, options.CellsPerProcess),
                        $"z{(number % options.Zones) + 1}",
                        memoryMb,
                        most
                    )
                );
            }

            return processes;
        }
    }
}
