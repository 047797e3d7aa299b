using System.Diagnostics;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Cli.Simulation;

/// <summary>A seed means the same in every process: hashes of strings, addresses and start-up do not count.</summary>
public class ProcessTests
{
    [Fact]
    public async Task Same_seed_same_hash_in_other_processes()
    {
        var expected = await HashAsync();
        for (var i = 1; i < TestScale.Cases(2, nightly: 20, "SCHEDULER_REPETITIONS"); i++)
            Assert.Equal(expected, await HashAsync());
    }

    private static async Task<string> HashAsync()
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "scheduler.dll"),
                "simulate",
                "cluster",
                "--seed",
                "3",
                "--cells",
                "10",
                "--minutes",
                "5",
                "--json",
            ]
        )
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Wait.Patience);
            await process.WaitForExitAsync();
            using var json = System.Text.Json.JsonDocument.Parse(output);
            var hash = json.RootElement.GetProperty("trace_hash").GetString()!;
            Assert.Matches("^[0-9a-f]{16}$", hash);
            return $"{hash} {json.RootElement.GetProperty("events")}";
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
