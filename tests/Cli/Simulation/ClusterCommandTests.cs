using System.Text.Json;
using Scheduler.Tests.ProgramKit;

namespace Scheduler.Tests.Cli.Simulation;

public class ClusterCommandTests
{
    private static readonly string[] Small = ["--cells", "3", "--minutes", "1", "--scenario", "calm"];

    [Theory]
    [InlineData("cluster --seed x", "--seed: must be a whole number from 0 to 18446744073709551615, not \"x\"")]
    [InlineData("cluster --seed=-1", "--seed: must be a whole number")]
    [InlineData("cluster --seed 18446744073709551616", "--seed: must be a whole number")]
    [InlineData("cluster --seeds 7", "--seeds: must be two whole numbers, such as 1..200, not \"7\"")]
    [InlineData("cluster --seeds 1..x", "--seeds: must be two whole numbers")]
    [InlineData("cluster --seeds 5..4", "--seeds: must be ascending, such as 4..5, not \"5..4\"")]
    [InlineData("cluster --seeds 0..18446744073709551615", "--seeds: must be at most 10000000 seeds")]
    [InlineData("cluster --seed 1 --seeds 1..2", "--seeds: cannot be combined with --seed")]
    [InlineData("cluster --seeds 1..2 --trace x.txt", "--trace: needs --seed")]
    [InlineData("cluster --seeds 1..2 --shrink", "--shrink: needs --seed")]
    [InlineData("cluster --cells 0", "--cells: must be from 1 to 1000, not 0")]
    [InlineData("cluster --cells many", "many")]
    [InlineData("cluster --minutes 0", "--minutes: must be from 1 to 1440, not 0")]
    [InlineData("cluster --zones 0", "--zones: must be from 1 to 10, as each zone needs a cell, not 0")]
    [InlineData("cluster --cells 2 --zones 3", "--zones: must be from 1 to 2, as each zone needs a cell, not 3")]
    [InlineData(
        "cluster --scenario clam",
        "--scenario: must be one of calm, cells, clocks, control-plane, crowded, database, deploys, drains, everything, large, mass-loss, network, starved, or a file that ends in .yaml, not \"clam\""
    )]
    [InlineData("cluster --scenario /does/not/exist.yaml", "--scenario: cannot read /does/not/exist.yaml")]
    [InlineData("cluster --trace /does/not/exist/x.txt", "--trace: cannot write /does/not/exist/x.txt")]
    [InlineData("cluster --tries 0 --shrink", "--tries: must be from 1 to 10000, not 0")]
    [InlineData("cluster --seeds 1..2 --parallel 0", "--parallel: must be from 1 to 1024, not 0")]
    [InlineData("nightly --seeds 2..1", "--seeds: must be ascending")]
    [InlineData("nightly --parallel 0", "--parallel: must be from 1 to 1024, not 0")]
    public async Task What_cannot_be_meant_is_refused(string line, string complaint)
    {
        var run = await CommandRun.Of(["simulate", .. line.Split(' ')]);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("error: ", run.Error);
        Assert.Contains(complaint, run.Error);
    }

    [Fact]
    public async Task A_file_that_is_wrong_is_refused_with_the_path_of_the_value()
    {
        var file = Path.Combine(Path.GetTempPath(), $"wrong-{Guid.NewGuid():n}.yaml");
        try
        {
            await File.WriteAllTextAsync(file, "faults:\n  - {kind: kill, target: any, every: 0s, most: 1s}\n");
            var run = await CommandRun.Of("simulate", "cluster", "--scenario", file);
            Assert.Equal(2, run.ExitCode);
            Assert.Contains("faults[0].every: must be a duration", run.Error);
            Assert.Contains($"{file}:2", run.Error);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task One_run_tells_what_happened_and_leaves_its_story()
    {
        var file = Path.Combine(Path.GetTempPath(), $"story-{Guid.NewGuid():n}.txt");
        try
        {
            var run = await CommandRun.Of(["simulate", "cluster", "--seed", "1", .. Small, "--trace", file]);
            Assert.Equal((0, ""), (run.ExitCode, run.Error));
            Assert.Contains("every rule held", run.Output);
            Assert.Contains("bbs-1: started", await File.ReadAllTextAsync(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Many_seeds_give_one_object_each()
    {
        var run = await CommandRun.Of(["simulate", "cluster", "--seeds", "1..3", .. Small, "--json", "--parallel", "2"]);
        Assert.Equal(0, run.ExitCode);
        var lines = run
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .ToList();
        Assert.Equal([1u, 2u, 3u], lines.Select(line => line.GetProperty("seed").GetUInt64()).Order());
        Assert.All(
            lines,
            line =>
            {
                Assert.Matches("^[0-9a-f]{16}$", line.GetProperty("trace_hash").GetString());
                Assert.Equal(0, line.GetProperty("violations").GetArrayLength());
                foreach (var name in (string[])["events", "messages", "commits", "acknowledged", "virtual_seconds", "real_seconds"])
                    Assert.True(line.GetProperty(name).GetDouble() > 0, name);
                Assert.Equal(0, line.GetProperty("faults").GetInt64());
            }
        );
        Assert.Contains("3 runs: ", run.Error);
    }

    [Fact]
    public async Task Scenarios_are_listed_with_what_they_are()
    {
        var run = await CommandRun.Of("simulate", "cluster", "--list-scenarios");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("everything     Every kind of fault", run.Output);
    }
}
