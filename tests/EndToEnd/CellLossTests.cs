using System.Text.Json;
using Scheduler.Bench.Commands;
using Scheduler.Client;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd;

/// <summary>The benchmark of cell loss, small and on the embedded store: real processes with simulated containers.</summary>
public class CellLossTests
{
    private const double TtlSeconds = 6;

    // Not a measurement, so no tighter objective.
    private static readonly double PatienceSeconds = Wait.Patience.TotalSeconds;

    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public async Task What_ran_on_a_killed_cell_runs_elsewhere_once_its_presence_has_run_out_and_a_missed_objective_is_told()
    {
        var directory = Directory.CreateTempSubdirectory("e2e-");
        try
        {
            var (code, output, error) = await RunAsync(
                "--cells",
                "10",
                "--instances",
                "200",
                "--lrps",
                "20",
                "--on-killed",
                "20",
                "--cells-per-process",
                "9",
                "--ttl",
                $"{TtlSeconds}s",
                "--probes",
                "2",
                "--steady",
                "3s",
                "--patience",
                $"{PatienceSeconds}s",
                "--store",
                $"sqlite:{directory.FullName}/bbs.db",
                "--max-seconds",
                "0.1",
                "--json"
            );

            Assert.True(code == ExitCodes.Failed, error);
            using var result = JsonDocument.Parse(output);
            var root = result.RootElement;
            Assert.Equal(
                (20, 1),
                (root.GetProperty("instancesLost").GetInt32(), root.GetProperty("givenUp").GetProperty("cells").GetInt32())
            );
            // The cell was last heard up to a third of its TTL before it was killed.
            Assert.InRange(root.GetProperty("replacedSeconds").GetProperty("first").GetDouble(), TtlSeconds / 2, PatienceSeconds);
            Assert.InRange(root.GetProperty("replacedSeconds").GetProperty("last").GetDouble(), TtlSeconds / 2, PatienceSeconds);
            Assert.NotEqual(0, root.GetProperty("before").GetProperty("probes").GetInt32());
            Assert.StartsWith("seconds to replace all: ", Assert.Single(root.GetProperty("missed").EnumerateArray()).GetString());
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("--kill 100", "kill: must be at least 1 and leave a cell")]
    [InlineData("--instances 10001", "instances: must be a multiple of --lrps")]
    [InlineData("--on-killed 1", "on-killed: must be 0 or a multiple of --lrps, and at most --instances")]
    [InlineData("--ttl soon", "--ttl: must be a duration above 0 such as 15s or 2m, not \"soon\"")]
    public async Task Bad_input_starts_nothing(string flags, string complaint)
    {
        var (code, output, error) = await RunAsync(flags.Split(' '));

        Assert.Equal((ExitCodes.BadInput, ""), (code, output));
        Assert.Contains(complaint, error);
        Assert.DoesNotContain("starting", error);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] flags)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await BenchProgram.RunAsync(["bench", "cell-loss", .. flags], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
