namespace Scheduler.MariaDb.Sql;

internal static class SqlNames
{
    /// <summary>A name as an identifier, whatever characters it has.</summary>
    public static string Quote(string name) => $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";
}
