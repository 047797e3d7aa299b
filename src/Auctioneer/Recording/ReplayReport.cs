using System.Text.Json.Serialization;

namespace Scheduler.Auctioneer.Recording;

/// <summary>Result of comparing one recording with this engine's decisions.</summary>
public sealed record ReplayReport
{
    public required string File { get; init; }

    /// <summary>Number of placements decided again.</summary>
    public required int Decisions { get; init; }

    /// <summary>Differences of any kind: order, winner, score, error text, outcome, final state of a cell.</summary>
    public required int Mismatches { get; init; }

    /// <summary>The largest difference between a recorded and a computed score.</summary>
    public required double MaxScoreError { get; init; }

    /// <summary>In words; null if there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? FirstDifference { get; init; }
}
