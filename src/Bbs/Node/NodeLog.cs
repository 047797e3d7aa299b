using Microsoft.Extensions.Logging;

namespace Scheduler.Bbs.Node;

internal static partial class NodeLog
{
    [LoggerMessage(LogLevel.Information, "Standing by; the active BBS is at {Holder}")]
    public static partial void StandingBy(this ILogger logger, string holder);

    [LoggerMessage(LogLevel.Information,
        "Leading with epoch {Epoch} from revision {Revision}: {DesiredLrps} desired LRPs, {ActualLrps} actual LRPs, {Tasks} tasks, loaded in {Seconds:0.000} s")]
    public static partial void Leading(
        this ILogger logger, long epoch, ulong revision, int desiredLrps, int actualLrps, int tasks, double seconds);

    [LoggerMessage(LogLevel.Error, "Set aside: {Row}: {Why}. It stays in the store and is not served")]
    public static partial void RowSetAside(this ILogger logger, string row, string why);

    [LoggerMessage(LogLevel.Error, "{Count} rows of the store were set aside, of which the first {Named} are named")]
    public static partial void RowsSetAside(this ILogger logger, int count, int named);

    [LoggerMessage(LogLevel.Information, "The term with epoch {Epoch} has ended")]
    public static partial void TermEnded(this ILogger logger, long epoch);

    [LoggerMessage(LogLevel.Error, "The term with epoch {Epoch} broke and is given up; this node stands for another one, from the store")]
    public static partial void TermBroke(this ILogger logger, Exception exception, long epoch);

    [LoggerMessage(LogLevel.Warning, "Not leading, because of the store; trying again")]
    public static partial void NotLeading(this ILogger logger, Exception exception);

    [LoggerMessage(LogLevel.Warning, "Another BBS leads; the term with epoch {Epoch} is over")]
    public static partial void Deposed(this ILogger logger, Exception exception, long epoch);

    [LoggerMessage(LogLevel.Warning, "Leadership with epoch {Epoch} was not renewed; {Seconds:0.0} s are left to try again")]
    public static partial void NotRenewed(this ILogger logger, Exception exception, long epoch, double seconds);

    [LoggerMessage(LogLevel.Information, "Leadership with epoch {Epoch} was not released; it runs out by itself")]
    public static partial void NotReleased(this ILogger logger, Exception exception, long epoch);
}
