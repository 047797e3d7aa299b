using Scheduler.Rep.Capacity;

namespace Scheduler.Simulation.Fleet;

/// <summary>Properties of the cells of a simulated fleet, and resource demands of its work.</summary>
internal static class FleetLayout
{
    public const string Stack = "preloaded:cflinuxfs4";
    public const string OldStack = "preloaded:cflinuxfs3";
    public const string IsolatedTag = "isolated";
    public const int CellMemoryMb = 32_768;

    private static readonly Resources Total = new(CellMemoryMb, 131_072, 250);

    private static readonly (int Mb, int Percent)[] Memory = [(128, 10), (256, 25), (512, 30), (1024, 25), (2048, 7), (4096, 2), (8192, 1)];
    private static readonly (int Mb, int Percent)[] Disk = [(512, 30), (1024, 60), (4096, 10)];
    private static readonly (int Most, int Percent)[] Instances = [(1, 45), (2, 25), (5, 20), (15, 8), (50, 2)];

    /// <summary>Memory of an average instance, in MB.</summary>
    public const int MeanInstanceMb = 790;

    /// <summary>
    /// Every 40th cell of a zone is reserved for work with that constraint, which forms a small pool beside the large one.
    /// </summary>
    private static bool IsIsolated(int numberInZone) => numberInZone % 40 == 39;

    /// <summary>Whether the fleet is large enough to have the small pool.</summary>
    public static bool HasIsolatedCells(FleetOptions options) => options.Cells / options.Zones >= 40;

    /// <summary>The cells, zone by zone.</summary>
    public static FleetCell[] Cells(FleetOptions options)
    {
        var cells = new FleetCell[options.Cells];
        var next = 0;
        for (var zone = 0; zone < options.Zones; zone++)
        {
            for (var number = 0; zone + number * options.Zones < options.Cells; number++)
            {
                cells[next++] = new FleetCell(
                    new CellProfile
                    {
                        CellId = new CellId($"cell-z{zone + 1}-{number}"),
                        Zone = $"z{zone + 1}",
                        CellIndex = number,
                        Total = Total,
                        PreloadedRootFs = ["cflinuxfs4"],
                        RootFsSchemes = ["docker"],
                        PlacementTags = IsIsolated(number) ? [IsolatedTag] : [],
                    }
                );
            }
        }

        return cells;
    }

    public static FleetApp App(int number, Chance chance, FleetOptions options)
    {
        var ask = new Resources(chance.Weighted<int>(Memory), chance.Weighted<int>(Disk), 1);
        var most = chance.Weighted<int>(Instances);
        var least = most switch
        {
            1 => 1,
            2 => 2,
            5 => 3,
            15 => 6,
            _ => 16,
        };
        return new FleetApp($"app-{number}", ask, Constraint(chance, options))
        {
            BaseInstances = chance.Between(least, most),
            Flaky = chance.Happens(0.01),
        };
    }

    public static Resources Task(Chance chance) =>
        new(chance.Weighted<int>([(128, 20), (256, 30), (512, 30), (1024, 15), (2048, 5)]), 1024, 1);

    private static PlacementConstraint Constraint(Chance chance, FleetOptions options)
    {
        var kind = chance.Between(0.0, 1);
        if (kind < 0.001)
            return PlacementConstraint.ForRootFs(OldStack);
        if (kind < 0.03 && HasIsolatedCells(options))
            return new PlacementConstraint(Stack, [], [IsolatedTag]);
        return PlacementConstraint.ForRootFs(kind < 0.2 ? "docker:///registry/app" : Stack);
    }
}
