namespace Scheduler.MariaDb.Sql;

/// <summary>What a session's sql_mode changes about where a string ends. The server reports both with every answer.</summary>
/// <param name="NoBackslashEscapes">A backslash in a string is an ordinary character.</param>
/// <param name="AnsiQuotes">Double quotes are around names, in which a backslash never escapes.</param>
internal readonly record struct SqlDialect(bool NoBackslashEscapes, bool AnsiQuotes);
