using Microsoft.Extensions.Logging;

namespace Scheduler.Bbs.Outbound;

internal static partial class OutboundLog
{
    [LoggerMessage(LogLevel.Warning, "Auctioneer at {Url} did not accept {Starts} start requests; they will be sent again: {Reason}")]
    public static partial void AuctioneerDidNotTake(this ILogger logger, int starts, string url, string reason);

    [LoggerMessage(LogLevel.Warning, "Cell {CellId} did not accept \"{Call}\" after {Tries} attempts; convergence repairs it")]
    public static partial void RepCallFailed(this ILogger logger, Exception exception, string call, string cellId, int tries);

    [LoggerMessage(LogLevel.Error, "Call \"{Call}\" to cell {CellId} failed with an unexpected exception and is not retried")]
    public static partial void RepCallBroke(this ILogger logger, Exception exception, string call, string cellId);

    [LoggerMessage(LogLevel.Warning, "Dropped \"{Call}\" for cell {CellId}: its queue of {Length} calls is full; convergence repairs it")]
    public static partial void RepCallDropped(this ILogger logger, string call, string cellId, int length);

    [LoggerMessage(
        LogLevel.Warning,
        "Callback of task {TaskGuid} is postponed until convergence repeats it: the queue of {Length} callbacks is full"
    )]
    public static partial void CallbackDropped(this ILogger logger, string taskGuid, int length);

    [LoggerMessage(
        LogLevel.Warning,
        "Callback of task {TaskGuid} could not be delivered; it is retried after convergence returns the task to Completed"
    )]
    public static partial void CallbackUndelivered(this ILogger logger, string taskGuid);

    [LoggerMessage(LogLevel.Debug, "Task {TaskGuid} was not resolved by its callback")]
    public static partial void CallbackNotResolved(this ILogger logger, Exception exception, string taskGuid);
}
