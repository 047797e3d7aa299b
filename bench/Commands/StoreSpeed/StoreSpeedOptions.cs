using Scheduler.Models;

namespace Scheduler.Bench.Commands.StoreSpeed;

/// <summary>Commits and loads of <c>bench store</c>.</summary>
internal sealed record StoreSpeedOptions
{
    /// <summary>Batch sizes to measure, in rows: each from 1 to 100,000.</summary>
    public IReadOnlyList<int> Rows { get; init; } = [1, 30, 250, 1_000, 5_000];

    /// <summary>Time to measure each size in each round.</summary>
    public TimeSpan Measure { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Number of rounds over all sizes, so that a disturbance of the machine does not affect one size only.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>Instances in the store, which commits overwrite and a load reads.</summary>
    public int Instances { get; init; } = 20_000;

    /// <summary>Number of loads.</summary>
    public int Loads { get; init; } = 3;

    /// <summary>As for the BBS's <c>--store</c>; null for a MariaDB server started by the benchmark.</summary>
    public string? Store { get; init; }

    /// <summary>The violations, or null.</summary>
    public DomainError? Validate()
    {
        if (Rows.Count == 0 || Rows.Any(rows => rows is < 1 or > 100_000))
            return DomainError.Invalid("--rows", "must be numbers from 1 to 100000, separated by commas");
        if (Rounds is < 1 or > 1_000)
            return DomainError.Invalid("--rounds", "must be from 1 to 1000");
        if (Instances is < 1 or > 5_000_000 || Instances < Rows.Max())
            return DomainError.Invalid("--instances", "must be from 1 to 5000000, and at least the largest of --rows");
        if (Loads is < 0 or > 100)
            return DomainError.Invalid("--loads", "must be from 0 to 100");
        return null;
    }
}
