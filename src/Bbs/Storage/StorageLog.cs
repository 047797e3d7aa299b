using Microsoft.Extensions.Logging;

namespace Scheduler.Bbs.Storage;

internal static partial class StorageLog
{
    [LoggerMessage(LogLevel.Information, "Migrated the schema to version {Version}: {Name}")]
    public static partial void SchemaMigrated(this ILogger logger, int version, string name);

    [LoggerMessage(LogLevel.Information, "Re-encrypted {Rows} rows with the key \"{ActiveKey}\"")]
    public static partial void RowsReencrypted(this ILogger logger, int rows, string activeKey);

    [LoggerMessage(
        LogLevel.Warning,
        "Term with epoch {Epoch} could not be renewed in the store; a file lock holds it until the store accepts the renewal: {Reason}"
    )]
    public static partial void TermHeld(this ILogger logger, long epoch, string reason);

    [LoggerMessage(LogLevel.Warning, "Killed the database connection of an expired term, because it still held the write lock")]
    public static partial void WriterBroken(this ILogger logger);

    [LoggerMessage(LogLevel.Warning, "The term of the import could not be renewed: {Reason}")]
    public static partial void TermNotRenewed(this ILogger logger, string reason);

    [LoggerMessage(LogLevel.Warning, "The term of the import could not be released; a BBS can start in {Seconds} s: {Reason}")]
    public static partial void TermNotReleased(this ILogger logger, double seconds, string reason);
}
