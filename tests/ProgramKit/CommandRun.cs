using Scheduler.Cli;

namespace Scheduler.Tests.ProgramKit;

/// <summary>Runs one command line in this process, isolated from any node that runs on the machine.</summary>
public sealed record CommandRun(int ExitCode, string Output, string Error)
{
    static CommandRun()
    {
        // The directory in which a running `scheduler dev` stores its details for clients of the same user: use one that does not exist.
        // The contexts of whoever runs the tests count as little.
        Environment.SetEnvironmentVariable("XDG_CONFIG_HOME", Path.Combine(Path.GetTempPath(), $"no-contexts-{Environment.ProcessId}"));
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
