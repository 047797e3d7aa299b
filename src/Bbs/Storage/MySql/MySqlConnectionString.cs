using System.Data.Common;
using MySqlConnector;

namespace Scheduler.Bbs.Storage.MySql;

/// <summary>Parses the connection string of a store: the provider's keywords, with the settings that the store requires.</summary>
internal static class MySqlConnectionString
{
    private const string Field = "store";

    /// <exception cref="DomainException">
    /// A keyword or its value is not supported. The message names the keyword but never a value, because one of them is the password.
    /// </exception>
    public static MySqlConnectionStringBuilder Parse(string text)
    {
        var builder = Read(text);
        if (builder.Database.Length == 0)
            throw Invalid("must name a Database, which holds the state of one cluster");
        if (builder.Server.Length == 0)
            builder.Server = "localhost";
        if (!Enum.IsDefined(builder.SslMode))
            throw Invalid("SslMode must be None, Preferred, Required, VerifyCA or VerifyFull");
        if (builder.DefaultCommandTimeout == 0 || builder.ConnectionTimeout == 0 || builder.CancellationTimeout == 0)
            throw Invalid(
                "Default Command Timeout, Connection Timeout and Cancellation Timeout must not be 0: a hung server would block the BBS "
                    + "forever"
            );

        // In modes Preferred and Required, the provider accepts any certificate, even if a certificate authority is configured.
        if (builder.SslCa.Length > 0 && builder.SslMode is MySqlSslMode.Preferred or MySqlSslMode.Required)
            builder.SslMode = MySqlSslMode.VerifyCA;
        // The store keeps its few connections open. A connection that it closes must really end, together with its locks and its
        // transaction.
        builder.Pooling = false;
        // The store runs transactions as plain statements.
        builder.IgnoreCommandTransaction = true;
        builder.AutoEnlist = false;
        builder.IgnorePrepare = false;
        builder.GuidFormat = MySqlGuidFormat.None;
        // Descriptions of the connection must not contain its password.
        builder.PersistSecurityInfo = false;
        return builder;
    }

    /// <summary>The server named in the string, for messages to an operator.</summary>
    public static string Host(string text)
    {
        var builder = Parse(text);
        return builder.Server.StartsWith('/') ? builder.Server : $"{builder.Server}:{builder.Port}";
    }

    private static MySqlConnectionStringBuilder Read(string text)
    {
        var pairs = new DbConnectionStringBuilder();
        try
        {
            pairs.ConnectionString = text;
        }
        catch (ArgumentException)
        {
            throw Invalid("must be mysql: and KEYWORD=VALUE;KEYWORD=VALUE…; quote a value that contains ; ' \" or =");
        }

        var builder = new MySqlConnectionStringBuilder();
        foreach (string keyword in pairs.Keys)
        {
            if (!builder.ContainsKey(keyword) && !IsKnown(builder, keyword))
                throw Invalid($"contains the unknown keyword \"{keyword}\" (quote a value that contains ;)");
            try
            {
                builder[keyword] = pairs[keyword];
            }
            catch (Exception failure) when (failure is ArgumentException or FormatException or OverflowException or InvalidCastException)
            {
                throw Invalid($"the value of {keyword} is not valid for this keyword");
            }
        }

        return builder;
    }

    private static bool IsKnown(MySqlConnectionStringBuilder builder, string keyword)
    {
        try
        {
            _ = builder[keyword];
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static DomainException Invalid(string rule) => DomainError.Invalid(Field, rule).ToException();
}
