using Microsoft.Extensions.Logging;

namespace Scheduler.Rep;

internal static partial class RepLog
{
    [LoggerMessage(LogLevel.Information, "Cell {CellId} opened as incarnation {Incarnation} with {Containers} containers of an earlier run")]
    public static partial void Opened(this ILogger logger, string cellId, long incarnation, int containers);

    [LoggerMessage(LogLevel.Information, "Cell {CellId} lets go of its containers, which run on")]
    public static partial void LetGo(this ILogger logger, string cellId);
}
