using Microsoft.Extensions.Logging;

namespace Scheduler.Bbs.Outbound;

internal static partial class OutboundLog
{
    [LoggerMessage(LogLevel.Warning, "The auctioneer at {Url} did not take {Starts} starts; they are offered again: {Reason}")]
    public static partial void AuctioneerDidNotTake(this ILogger logger, int starts, string url, string reason);

    [LoggerMessage(LogLevel.Warning, "Cell {CellId} did not take \"{Call}\" in {Tries} tries; convergence goes on from there")]
    public static partial void RepCallFailed(this ILogger logger, Exception exception, string call, string cellId, int tries);

    [LoggerMessage(LogLevel.Error, "\"{Call}\" for cell {CellId} failed unexpectedly and is not tried again")]
    public static partial void RepCallBroke(this ILogger logger, Exception exception, string call, string cellId);

    [LoggerMessage(LogLevel.Warning, "Dropped \"{Call}\" for cell {CellId}: {Length} calls wait already; convergence goes on from there")]
    public static partial void RepCallDropped(this ILogger logger, string call, string cellId, int length);

    [LoggerMessage(LogLevel.Warning, "The callback of task {TaskGuid} waits for convergence: {Length} wait already")]
    public static partial void CallbackDropped(this ILogger logger, string taskGuid, int length);

    [LoggerMessage(LogLevel.Warning, "The callback of task {TaskGuid} was not delivered; it is tried again when the task is Completed again")]
    public static partial void CallbackUndelivered(this ILogger logger, string taskGuid);

    [LoggerMessage(LogLevel.Debug, "The task {TaskGuid} was not resolved by its callback")]
    public static partial void CallbackNotResolved(this ILogger logger, Exception exception, string taskGuid);
}
