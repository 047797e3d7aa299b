using Scheduler.Tests.ProgramKit;

namespace Scheduler.Tests.Cli;

public sealed class AuctionReplayTests
{
    private static readonly string Golden = Path.Combine(AppContext.BaseDirectory, "Golden");

    [Fact]
    public async Task Prints_one_JSON_object_for_each_file()
    {
        var run = await CommandRun.Of(["auction", "replay", "--json", .. Directory.GetFiles(Golden).Order()]);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.All(
            run.Output.TrimEnd().Split('\n'),
            line => Assert.Matches("""^\{"file":".*","decisions":[0-9]+,"mismatches":0,"max_score_error":0\}$""", line.TrimEnd())
        );
    }

    [Fact]
    public async Task Says_what_is_wrong_with_a_file_that_is_cut_short_or_foreign()
    {
        var golden = await File.ReadAllBytesAsync(Path.Combine(Golden, "homogeneous-2zones-seed1.json"));
        var file = Path.GetTempFileName();
        try
        {
            await FailsAsync(golden[..5_000], "not a recorded auction, or truncated");
            await FailsAsync("{\"pods\":[]}"u8.ToArray(), "not a recorded auction");
            await FailsAsync("\0\0ELF"u8.ToArray(), "not a recorded auction");
            await FailsAsync([], "not a recorded auction");
        }
        finally
        {
            File.Delete(file);
        }

        async Task FailsAsync(byte[] content, string message)
        {
            await File.WriteAllBytesAsync(file, content);
            var run = await CommandRun.Of("auction", "replay", "--json", file);
            Assert.Equal((2, ""), (run.ExitCode, run.Output));
            Assert.Contains(message, run.Error);
            Assert.Contains(file, run.Error);
        }
    }
}
