using System.Text.Json.Serialization;

namespace Scheduler.Auctioneer.Recording;

/// <summary>How one recording compared with what this engine decides.</summary>
public sealed record ReplayReport
{
    public required string File { get; init; }

    /// <summary>Placements decided again.</summary>
    public required int Decisions { get; init; }

    /// <summary>Differences of any kind: order, winner, score, error text, outcome, final state of a cell.</summary>
    public required int Mismatches { get; init; }

    /// <summary>The largest distance between a recorded and a computed score.</summary>
    public required double MaxScoreError { get; init; }

    /// <summary>In words; null when there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? FirstDifference { get; init; }
}
