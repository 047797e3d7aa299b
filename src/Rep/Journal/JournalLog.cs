using Microsoft.Extensions.Logging;

namespace Scheduler.Rep.Journal;

internal static partial class JournalLog
{
    [LoggerMessage(
        LogLevel.Warning,
        "Journal file {File} could not be parsed and is ignored; a container that it describes will be destroyed as unknown"
    )]
    public static partial void UnreadableEntry(this ILogger logger, string file, Exception failure);
}
