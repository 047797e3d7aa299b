using System.Collections;
using System.Data.Common;

namespace Scheduler.MariaDb;

/// <summary>
/// An error that the server reported, or that befell the connection to it. The message is the server's, without the values that the
/// statement carried (they may be secrets).
/// </summary>
public sealed class MariaDbException : DbException
{
    internal MariaDbException(string message, int number, string? sqlState, Exception? inner = null)
        : base(message, inner)
    {
        Number = number;
        SqlState = string.IsNullOrEmpty(sqlState) || sqlState == "00000" ? null : sqlState;
        // The keys that MySqlConnector uses, so that code over plain ADO.NET can read the number from either provider.
        Data["Server Error Code"] = number;
        Data["SqlState"] = SqlState;
    }

    /// <summary>
    /// The server's error number (1000 and up), the client library's (2000 to 2999), or one of this provider's (0 and below, see
    /// <see cref="MariaDbErrors"/>).
    /// </summary>
    public int Number { get; }

    /// <inheritdoc/>
    public override string? SqlState { get; }

    /// <summary>Whether the same work may succeed when done again, on a new connection or in a new transaction.</summary>
    public override bool IsTransient => MariaDbErrors.IsTransient(Number);

    /// <inheritdoc/>
    public override IDictionary Data { get; } = new Dictionary<string, object?>();
}
