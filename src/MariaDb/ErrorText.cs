namespace Scheduler.MariaDb;

/// <summary>
/// Takes the values of a statement out of a server's message: the provider writes parameters into the text, and messages such as
/// "Duplicate entry 'x'" or "near 'x'" quote from it.
/// </summary>
internal static class ErrorText
{
    private const string Hidden = "'?'";
    private const string ForKey = " for key '";

    public static string WithoutValues(int number, string message)
    {
        if (QuotesOnlyNames(number)) return message;
        var first = message.IndexOf('\'');
        var last = message.LastIndexOf('\'');
        if (last <= first) return first < 0 ? message : string.Concat(message.AsSpan(0, first), Hidden);

        // The key's name is what a caller needs of a duplicate; the last mention is the server's own, whatever the value contains.
        var key = number is MariaDbErrors.DuplicateKeyEntry or 1586 ? message.LastIndexOf(ForKey, StringComparison.Ordinal) : -1;
        var rest = key >= 0 ? message.AsSpan(key) : message.AsSpan(last + 1);
        return string.Concat(message.AsSpan(0, first), Hidden, rest);
    }

    /// <summary>Errors whose quoted parts are names from the schema, the account or the statement's own text.</summary>
    private static bool QuotesOnlyNames(int number) => number switch
    {
        1007 or 1008 or 1044 or 1045 or 1046 or 1048 or 1049 or 1050 or 1051 => true, // databases, accounts, tables; column cannot be null
        1052 or 1054 or 1060 or 1061 or 1072 or 1091 or 1109 or 1110 => true, // columns and keys
        1142 or 1143 or 1146 or 1193 or 1227 or 1290 or 1305 or 1364 => true, // rights, missing tables, columns without default
        1264 or 1265 or 1406 or 1451 or 1452 or 4025 => true, // out of range, truncated or too long for a column; constraints
        >= 2000 and < 3000 => true, // the client library's own
        _ => false,
    };
}
