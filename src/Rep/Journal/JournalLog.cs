using Microsoft.Extensions.Logging;

namespace Scheduler.Rep.Journal;

internal static partial class JournalLog
{
    [LoggerMessage(LogLevel.Warning, "Journal file {File} cannot be read; its container counts as unknown")]
    public static partial void UnreadableEntry(this ILogger logger, string file, Exception failure);
}
