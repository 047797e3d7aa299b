using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Scheduler.Cli;

/// <summary><c>scheduler version</c></summary>
internal static class VersionCommand
{
    public static Command Create()
    {
        var command = new Command("version", "Print the program's version");
        command.SetAction(parsed =>
        {
            var version =
                typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
                ?? "unknown";
            parsed.InvocationConfiguration.Output.WriteLine(
                $"scheduler {version} ({RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier})"
            );
            return ExitCodes.Ok;
        });
        return command;
    }
}
