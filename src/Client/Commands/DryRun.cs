using System.CommandLine;

namespace Scheduler.Client.Commands;

/// <summary><c>--dry-run</c></summary>
internal static class DryRun
{
    public static Option<bool> Option() =>
        new Option<bool>("--dry-run")
        {
            Description = "Validate the request as the server does and print it as Diego's JSON, but do not send it",
        }.NeedsWholeProgram();
}
