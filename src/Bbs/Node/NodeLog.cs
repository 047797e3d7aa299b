using Microsoft.Extensions.Logging;

namespace Scheduler.Bbs.Node;

internal static partial class NodeLog
{
    [LoggerMessage(LogLevel.Information, "This BBS is on standby; the active one is at {Holder}")]
    public static partial void StandingBy(this ILogger logger, string holder);

    [LoggerMessage(
        LogLevel.Information,
        "This BBS is active with epoch {Epoch} from revision {Revision}: {DesiredLrps} desired LRPs, {ActualLrps} actual LRPs, {Tasks} "
            + "tasks, {How} in {Seconds:0.000} s"
    )]
    public static partial void Leading(
        this ILogger logger,
        long epoch,
        ulong revision,
        int desiredLrps,
        int actualLrps,
        int tasks,
        string how,
        double seconds
    );

    [LoggerMessage(
        LogLevel.Warning,
        "This standby has no copy of the state and would have to load everything when it becomes active: {Why}; trying again later"
    )]
    public static partial void NoCopy(this ILogger logger, Exception? exception, string why);

    [LoggerMessage(LogLevel.Error, "Set aside: {Row}: {Why}. The row stays in the store and is not served")]
    public static partial void RowSetAside(this ILogger logger, string row, string why);

    [LoggerMessage(LogLevel.Error, "{Count} rows of the store were set aside; only the first {Named} are logged")]
    public static partial void RowsSetAside(this ILogger logger, int count, int named);

    [LoggerMessage(LogLevel.Information, "Term with epoch {Epoch} ended")]
    public static partial void TermEnded(this ILogger logger, long epoch);

    [LoggerMessage(
        LogLevel.Error,
        "Term with epoch {Epoch} failed and was abandoned; this BBS tries to become active again from the stored state"
    )]
    public static partial void TermBroke(this ILogger logger, Exception exception, long epoch);

    [LoggerMessage(LogLevel.Warning, "Could not become active because the store failed; retrying")]
    public static partial void NotLeading(this ILogger logger, Exception exception);

    [LoggerMessage(LogLevel.Warning, "Another BBS became active; the term with epoch {Epoch} is over")]
    public static partial void Deposed(this ILogger logger, Exception exception, long epoch);

    [LoggerMessage(LogLevel.Warning, "Lease with epoch {Epoch} could not be renewed; retrying for another {Seconds:0.0} s")]
    public static partial void NotRenewed(this ILogger logger, Exception exception, long epoch, double seconds);

    [LoggerMessage(LogLevel.Information, "Lease with epoch {Epoch} could not be released and remains held until it expires")]
    public static partial void NotReleased(this ILogger logger, Exception exception, long epoch);
}
