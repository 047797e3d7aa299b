using Scheduler.Cli;

namespace Scheduler.Tests.ProgramKit;

/// <summary>One command line, run in this process, which sees no node that happens to run on the machine.</summary>
public sealed record CommandRun(int ExitCode, string Output, string Error)
{
    static CommandRun()
    {
        // Where a running `scheduler dev` tells clients of the same user about itself: nowhere that exists.
        Environment.SetEnvironmentVariable("XDG_RUNTIME_DIR", Path.Combine(Path.GetTempPath(), $"no-node-{Environment.ProcessId}"));
    }

    public static async Task<CommandRun> Of(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(args, output, error);
        return new CommandRun(code, output.ToString(), error.ToString());
    }
}
