using Microsoft.Extensions.Logging;

namespace Scheduler.Bbs.Storage;

internal static partial class StorageLog
{
    [LoggerMessage(LogLevel.Information, "Brought the schema to version {Version}: {Name}")]
    public static partial void SchemaMigrated(this ILogger logger, int version, string name);

    [LoggerMessage(LogLevel.Information, "Rewrote {Rows} rows under the key \"{ActiveKey}\"")]
    public static partial void RowsReencrypted(this ILogger logger, int rows, string activeKey);

    [LoggerMessage(LogLevel.Warning, "The term with epoch {Epoch} could not be prolonged in the store, and is held by a lock on a file until it can: {Reason}")]
    public static partial void TermHeld(this ILogger logger, long epoch, string reason);

    [LoggerMessage(LogLevel.Warning, "Cut the writing connection of a term that has run out: it held its lock")]
    public static partial void WriterBroken(this ILogger logger);
}
