using Microsoft.Extensions.Logging;
using Scheduler.Rep.Runtime;

namespace Scheduler.Cli.Services;

internal static partial class CellSetupLog
{
    [LoggerMessage(LogLevel.Information, "Containers run on {Runtime}: {Reason}")]
    public static partial void RuntimeChosen(this ILogger logger, RuntimeKind runtime, string reason);
}
