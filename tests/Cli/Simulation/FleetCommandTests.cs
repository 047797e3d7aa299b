using System.Text.Json;
using Scheduler.Tests.ProgramKit;

namespace Scheduler.Tests.Cli.Simulation;

public sealed class FleetCommandTests
{
    [Fact]
    public async Task The_command_prints_one_object_and_writes_the_report()
    {
        var file = Path.GetTempFileName();
        try
        {
            var run = await CommandRun.Of("simulate", "fleet", "--cells", "6", "--hours", "1", "--seed", "5", "--json", "--report", file);
            Assert.Equal(0, run.ExitCode);
            using var json = JsonDocument.Parse(run.Output);
            Assert.Equal(5, json.RootElement.GetProperty("seed").GetInt32());
            Assert.Equal(0, json.RootElement.GetProperty("invariant_violations").GetProperty("overbooked_cells").GetInt32());
            Assert.StartsWith("<!DOCTYPE html>", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("--cells 0", "--cells: must be from 1 to 20000, not 0")]
    [InlineData("--cells 2 --zones 3", "--zones: must be from 1 to 2, as each zone needs a cell, not 3")]
    [InlineData("--hours 0", "--hours: must be from 1 to 744, not 0")]
    [InlineData("--hours 1 --report /does/not/exist.html", "--report: cannot write /does/not/exist.html")]
    [InlineData("--cells many", "--cells")]
    public async Task Names_the_flag_and_the_rule(string flags, string complaint)
    {
        var run = await CommandRun.Of(["simulate", "fleet", .. flags.Split(' ')]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(complaint, run.Error, StringComparison.Ordinal);
    }
}
