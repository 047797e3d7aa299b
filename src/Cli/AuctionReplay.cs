using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Scheduler.Auctioneer.Recording;

namespace Scheduler.Cli;

/// <summary>
/// <c>auction replay FILE...</c>: replays recorded auctions decision by decision and reports the first difference in each. Reads recordings
/// of Diego's scheduler and the auctioneer's own input logs.
/// </summary>
internal static class AuctionReplay
{
    /// <summary>The highest code of all files: 0 for no differences, 1 for differences, 2 for a file that cannot be read.</summary>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> files,
        bool json,
        TextWriter output,
        TextWriter error,
        CancellationToken cancellation
    )
    {
        var exitCode = ExitCodes.Ok;
        foreach (var file in files)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                var report = Replay(file, await File.ReadAllBytesAsync(file, cancellation));
                await output.WriteLineAsync(
                    json ? JsonSerializer.Serialize(report, AuctionReplayJson.Default.ReplayReport) : Describe(report)
                );
                if (report.Mismatches > 0)
                    exitCode = Math.Max(exitCode, ExitCodes.Failed);
            }
            catch (Exception e) when (e is RecordingFormatException or IOException or UnauthorizedAccessException)
            {
                await error.WriteLineAsync($"error: {e.Message}");
                exitCode = ExitCodes.BadInput;
            }
        }

        return exitCode;
    }

    private static ReplayReport Replay(string file, byte[] content) =>
        InputLogReplay.IsInputLog(content)
            ? InputLogReplay.Run(file, content)
            : RecordedAuctionReplay.Run(file, RecordedAuction.Parse(file, content));

    private static string Describe(ReplayReport report)
    {
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{report.File}: {report.Decisions} decisions, {report.Mismatches} mismatches, largest score error {report.MaxScoreError:G3}"
        );
        return report.FirstDifference is null ? line : $"{line}; first difference: {report.FirstDifference}";
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ReplayReport))]
internal sealed partial class AuctionReplayJson : JsonSerializerContext;
