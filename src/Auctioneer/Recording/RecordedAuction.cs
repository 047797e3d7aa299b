using System.Text.Json;
using System.Text.Json.Serialization;

namespace Scheduler.Auctioneer.Recording;

/// <summary>One auction held by Diego's scheduler: the whole input, every step, and the cells afterwards.</summary>
public sealed record RecordedAuction
{
    public required string Name { get; init; }
    public double BinPackFirstFitWeight { get; init; }
    public required double StartingContainerWeight { get; init; }
    public int StartingContainerCountMaximum { get; init; }
    public required IReadOnlyList<RecordedCell> Cells { get; init; }
    public required IReadOnlyList<RecordedWork> Lrps { get; init; }
    public required IReadOnlyList<RecordedWork> Tasks { get; init; }

    /// <summary>Auction ids that the rep refused on commit.</summary>
    public IReadOnlyList<string>? RejectedByRep { get; init; }

    public required IReadOnlyList<string> AuctionOrder { get; init; }
    public required IReadOnlyList<RecordedStep> Steps { get; init; }
    public required IReadOnlyDictionary<string, string> LrpWinners { get; init; }
    public required IReadOnlyDictionary<string, string> TaskWinners { get; init; }
    public required IReadOnlyDictionary<string, string> FailedLrps { get; init; }
    public required IReadOnlyDictionary<string, string> FailedTasks { get; init; }
    public required IReadOnlyList<RecordedFinalCell> FinalCells { get; init; }

    /// <exception cref="RecordingFormatException">The text is not a recorded auction.</exception>
    public static RecordedAuction Parse(string file, ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, RecordedAuctionJson.Default.RecordedAuction)
                ?? throw new RecordingFormatException($"{file}: contains no recorded auction");
        }
        catch (JsonException e)
        {
            throw new RecordingFormatException($"{file}: not a recorded auction, or truncated (line {e.LineNumber + 1}): {e.Message}", e);
        }
    }
}

public sealed record RecordedCell
{
    public required string CellId { get; init; }
    public int CellIndex { get; init; }

    /// <summary>Factor of the bin-pack weight.</summary>
    public int NormalisedIndex { get; init; }

    public required string Zone { get; init; }
    public required RecordedResources Total { get; init; }
    public required RecordedResources Available { get; init; }

    /// <summary>Fixed names by scheme; <c>["*"]</c> for any.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> RootfsProviders { get; init; }

    public IReadOnlyList<string>? PlacementTags { get; init; }
    public IReadOnlyList<string>? OptionalPlacementTags { get; init; }
    public IReadOnlyList<string>? VolumeDrivers { get; init; }
    public int StartingContainerCount { get; init; }
    public int ProxyMemoryAllocationMb { get; init; }
    public required IReadOnlyList<RecordedWork> Lrps { get; init; }
    public required IReadOnlyList<RecordedWork> Tasks { get; init; }
}

public sealed record RecordedResources(int MemoryMb, int DiskMb, int Containers);

/// <summary>An LRP instance (process guid and index) or a task (task guid).</summary>
public sealed record RecordedWork
{
    public string? ProcessGuid { get; init; }
    public int Index { get; init; }
    public string? TaskGuid { get; init; }
    public int MemoryMb { get; init; }
    public int DiskMb { get; init; }
    public required string RootFs { get; init; }
    public IReadOnlyList<string>? PlacementTags { get; init; }
    public IReadOnlyList<string>? VolumeDrivers { get; init; }

    [JsonIgnore]
    public string Id => TaskGuid ?? $"{ProcessGuid}.{Index}";
}

/// <summary>One decision: a winner with its score and the cells that share it, or an error.</summary>
public sealed record RecordedStep
{
    /// <summary><c>lrp</c> or <c>task</c>.</summary>
    public required string Kind { get; init; }

    public required string Id { get; init; }
    public string? Winner { get; init; }
    public double Score { get; init; }
    public IReadOnlyList<string>? Ties { get; init; }
    public string? Error { get; init; }
}

public sealed record RecordedFinalCell
{
    public required string CellId { get; init; }
    public required RecordedResources Available { get; init; }
    public int StartingContainerCount { get; init; }
    public IReadOnlyList<string>? Lrps { get; init; }
    public IReadOnlyList<string>? Tasks { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RecordedAuction))]
internal sealed partial class RecordedAuctionJson : JsonSerializerContext;
