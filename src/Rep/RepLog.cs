using Microsoft.Extensions.Logging;

namespace Scheduler.Rep;

internal static partial class RepLog
{
    [LoggerMessage(
        LogLevel.Information,
        "Cell {CellId} started as incarnation {Incarnation} and recovered {Containers} containers from its previous run"
    )]
    public static partial void Opened(this ILogger logger, string cellId, long incarnation, int containers);

    [LoggerMessage(LogLevel.Information, "Cell {CellId} detached from its containers, which keep running")]
    public static partial void LetGo(this ILogger logger, string cellId);
}
