namespace Scheduler.Bbs.Storage.MySql;

/// <summary>
/// Removes values from error messages of the server, which quote from the statement and from rows ("Incorrect integer value: '…'") and may
/// expose secrets.
/// </summary>
internal static class ServerMessage
{
    /// <summary>The message without quoted text, unless that can only be names.</summary>
    /// <param name="number">The server's error number; 0 or less for the provider's own messages, which quote nothing.</param>
    public static string WithoutValues(int number, string message)
    {
        var first = message.IndexOf('\'');
        if (number <= 0 || first < 0 || QuotesOnlyNames(number))
            return message;
        // Remove from the first quote to the last: quoted text may contain quotes.
        var last = message.LastIndexOf('\'');
        return string.Concat(message.AsSpan(0, first), "'?'", message.AsSpan(last > first ? last + 1 : message.Length));
    }

    /// <summary>Errors that quote only names from the schema, the server or the account.</summary>
    private static bool QuotesOnlyNames(int number) =>
        number
            is 1007
                or 1008
                or 1042
                or 1044
                or 1045
                or 1046
                or 1048
                or 1049
                or 1050
                or 1051 // hosts, databases, accounts, tables; column cannot be null
                or 1052
                or 1054
                or 1060
                or 1061
                or 1072
                or 1091
                or 1109
                or 1110 // columns and keys
                or 1142
                or 1143
                or 1146
                or 1193
                or 1227
                or 1290
                or 1305
                or 1364 // rights, missing tables, columns without default
                or 1264
                or 1265
                or 1406
                or 1451
                or 1452
                or 4025; // out of range, truncated or too long for a column; constraints
}
