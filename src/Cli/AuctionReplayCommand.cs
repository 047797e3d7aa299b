using System.CommandLine;

namespace Scheduler.Cli;

/// <summary><c>scheduler auction replay FILE...</c></summary>
internal static class AuctionReplayCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "What an auctioneer recorded (--record), or recordings of Diego's auctions", Arity = ArgumentArity.OneOrMore };
        var json = new Option<bool>("--json") { Description = "One JSON object per file" };
        var replay = new Command("replay", "Decide recorded auctions again and report the first difference; exits with 1 when there is one") { files, json };
        replay.SetAction((parsed, cancellationToken) => AuctionReplay.RunAsync(
            parsed.GetValue(files)!, parsed.GetValue(json), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, cancellationToken));
        return new Command("auction", "Recorded auctions") { replay };
    }
}
