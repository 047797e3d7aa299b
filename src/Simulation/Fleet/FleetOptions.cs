namespace Scheduler.Simulation.Fleet;

/// <summary>The fleet to simulate and the duration. Equal options give equal runs.</summary>
public sealed record FleetOptions
{
    public const int MaxCells = 20_000;
    public const int MaxZones = 100;
    public const int MaxHours = 24 * 31;

    public int Cells { get; init; } = 1_000;
    public int Zones { get; init; } = 3;

    /// <summary>Virtual hours.</summary>
    public int Hours { get; init; } = 24;

    public ulong Seed { get; init; } = 1;

    /// <summary>The first violation among the options, or null.</summary>
    public DomainError? Validate() =>
        Within("--cells", Cells, MaxCells)
        ?? Within("--zones", Zones, Math.Min(Cells, MaxZones), Cells < MaxZones ? ", as each zone needs a cell" : "")
        ?? Within("--hours", Hours, MaxHours);

    private static DomainError? Within(string flag, int value, int most, string why = "") =>
        value >= 1 && value <= most ? null : DomainError.Invalid(flag, $"must be from 1 to {most}{why}, not {value}");
}
