using Microsoft.Extensions.Logging;

namespace Scheduler.Bbs.Loop;

internal static partial class LoopLog
{
    [LoggerMessage(LogLevel.Error, "The command {Command} threw while it was decided; it was left out and the rest of its batch decided again")]
    public static partial void CommandThrew(this ILogger logger, Exception exception, string command);

    [LoggerMessage(LogLevel.Error, "The command {Command} would write a row that the store does not take; it alone was failed")]
    public static partial void RowRefused(this ILogger logger, Exception exception, string command);

    [LoggerMessage(LogLevel.Warning, "A batch of {Commands} commands was not committed; its callers were told and the state is as before")]
    public static partial void BatchNotCommitted(this ILogger logger, Exception exception, int commands);
}
