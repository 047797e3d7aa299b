using System.CommandLine;
using System.Text.Json;
using Scheduler.Auctioneer.Recording;
using Scheduler.Models;

namespace Scheduler.Cli;

/// <summary><c>scheduler auction replay FILE...</c></summary>
internal static class AuctionReplayCommand
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "Recordings", Arity = ArgumentArity.OneOrMore };
        var json = new Option<bool>("--json") { Description = "One JSON object per file" };
        var replay = new Command("replay", "Decide recorded auctions again and report the first difference; exits with 1 when there is one") { files, json };
        replay.SetAction(parsed => Run(parsed.GetValue(files)!, parsed.GetValue(json), parsed.InvocationConfiguration.Output));
        return new Command("auction", "Recorded auctions") { replay };
    }

    private static int Run(string[] files, bool json, TextWriter output)
    {
        var differs = false;
        foreach (var file in files)
        {
            var report = Replay(file);
            differs |= report.Mismatches > 0;
            output.WriteLine(json
                ? JsonSerializer.Serialize(report, SnakeCase)
                : $"{file}: {report.Decisions} decisions, {report.Mismatches} mismatches, largest score error {report.MaxScoreError:g3}"
                    + (report.FirstDifference is null ? "" : $"; first: {report.FirstDifference}"));
        }

        return differs ? ExitCodes.Failed : ExitCodes.Ok;
    }

    private static ReplayReport Replay(string file)
    {
        try
        {
            return RecordedAuctionReplay.Run(file, RecordedAuction.Parse(file, File.ReadAllBytes(file)));
        }
        catch (Exception failure) when (failure is RecordingFormatException or IOException or UnauthorizedAccessException)
        {
            throw new DomainException(DomainError.Invalid(file, failure.Message), failure);
        }
    }
}
