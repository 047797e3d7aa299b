using Scheduler.Bench.Commands;

namespace Scheduler.Tests.Cli;

/// <summary>The benchmarks are a command of the program's own command line, though not of the program.</summary>
public sealed class BenchHelpTests
{
    [Theory]
    [InlineData("auction", "--constraint-sets")]
    [InlineData("bbs", "--instances-per-process")]
    [InlineData("cell", "--containers")]
    [InlineData("cell-loss", "--max-cells-per-second")]
    [InlineData("converge", "--instances")]
    [InlineData("grpc", "--heap-calls")]
    [InlineData("router", "--changes")]
    [InlineData("store", "--rows")]
    public async Task Every_benchmark_explains_itself(string name, string flag)
    {
        var (code, output, error) = await RunAsync("bench", name, "--help");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains(flag, output, StringComparison.Ordinal);
        Assert.Contains($"scheduler bench {name} [options]", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bench aucton", "unknown command \"aucton\" for ./scheduler bench; did you mean auction?")]
    [InlineData("bench auction --cells 0", "cells")]
    [InlineData("bench bbs --million --rows 999", "rows: must be from 1000 to 2000000")]
    [InlineData("bench bbs --million --rows 1001", "rows: must be a multiple of --instances-per-process")]
    [InlineData("bench bbs --million --writes -1", "writes: must be from 0 to 100000")]
    [InlineData("bench bbs --million --cells 0", "cells: must be from 1 to 10000")]
    [InlineData("bench bbs --million --measure 11m", "measure: must be at most 10m")]
    [InlineData("bench bbs --million --tasks 10", "--tasks: has no effect with --million")]
    [InlineData("bench bbs --rows 1000", "--rows: needs --million")]
    [InlineData("bench grpc --jsno", "unknown flag \"--jsno\" for ./scheduler bench grpc; did you mean --json?")]
    public async Task Names_the_word_and_the_rule(string line, string complaint)
    {
        var (code, output, error) = await RunAsync(line.Split(' '));
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("error: ", error);
        Assert.Contains(complaint, error);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await BenchProgram.RunAsync(args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
