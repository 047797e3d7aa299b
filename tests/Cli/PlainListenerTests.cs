using Scheduler.Tests.ProgramKit;

namespace Scheduler.Tests.Cli;

/// <summary>A listener without TLS is asked for in so many words.</summary>
public sealed class PlainListenerTests
{
    [Theory]
    [InlineData("bbs --store sqlite::memory:")]
    [InlineData("auctioneer --bbs http://127.0.0.1:1")]
    [InlineData("rep --runtime simulated --bbs http://127.0.0.1:1")]
    [InlineData("rep --runtime simulated --cells 2 --bbs http://127.0.0.1:1")]
    [InlineData("bbs --store sqlite::memory: --listen unix:///tmp/x.sock")]
    public async Task A_part_without_certificates_does_not_start(string line)
    {
        var run = await CommandRun.Of(line.Split(' '));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("error: cert: must be set together with key and ca: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("To accept that, set --insecure", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bbs")]
    [InlineData("auctioneer")]
    [InlineData("rep")]
    public async Task The_help_says_what_insecure_means(string part) =>
        Assert.Contains(
            "may act as any peer",
            (await CommandRun.Of(part, "--help")).Output.ReplaceLineEndings(" "),
            StringComparison.Ordinal
        );
}
