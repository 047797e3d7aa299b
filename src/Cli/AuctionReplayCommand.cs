using System.CommandLine;

namespace Scheduler.Cli;

/// <summary><c>scheduler auction replay FILE...</c></summary>
internal static class AuctionReplayCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "Recording of an auctioneer (--record) or of a Diego auction",
            Arity = ArgumentArity.OneOrMore,
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object per file" };
        var replay = new Command("replay", "Replay recorded auctions and report the first difference; exit code 1 if there is one")
        {
            files,
            json,
        };
        replay.SetAction(
            (parsed, cancellationToken) =>
                AuctionReplay.RunAsync(
                    parsed.GetValue(files)!,
                    parsed.GetValue(json),
                    parsed.InvocationConfiguration.Output,
                    parsed.InvocationConfiguration.Error,
                    cancellationToken
                )
        );
        return new Command("auction", "Replay recorded auctions") { replay };
    }
}
