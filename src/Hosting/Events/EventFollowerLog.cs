using Microsoft.Extensions.Logging;

namespace Scheduler.Hosting.Events;

internal static partial class EventFollowerLog
{
    [LoggerMessage(LogLevel.Warning, "Event stream from the BBS ended at revision {Revision}; reconnecting: {Why}")]
    public static partial void StreamLost(this ILogger logger, string why, ulong revision);

    [LoggerMessage(LogLevel.Warning, "The BBS no longer keeps events after revision {Revision}; loading a new snapshot")]
    public static partial void RevisionGone(this ILogger logger, ulong revision);
}
