using Microsoft.Extensions.Logging;

namespace Scheduler.Bbs.Loop;

internal static partial class LoopLog
{
    [LoggerMessage(
        LogLevel.Error,
        "Command {Command} threw an unexpected exception and failed; the rest of its batch was decided again without it"
    )]
    public static partial void CommandThrew(this ILogger logger, Exception exception, string command);

    [LoggerMessage(LogLevel.Error, "Command {Command} failed because the store rejected its row; the rest of its batch was not affected")]
    public static partial void RowRefused(this ILogger logger, Exception exception, string command);

    [LoggerMessage(
        LogLevel.Warning,
        "Batch of {Commands} commands was not committed; their callers received an error and the state is unchanged"
    )]
    public static partial void BatchNotCommitted(this ILogger logger, Exception exception, int commands);
}
