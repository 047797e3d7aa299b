namespace Scheduler.MariaDb.Sql;

/// <summary>Puts a command's values into its text.</summary>
internal static class StatementWriter
{
    /// <exception cref="ArgumentException">A parameter is missing or has a value that cannot be written; the message names it and not its value.</exception>
    public static void Write(StatementBuffer to, SqlText sql, MariaDbParameterCollection parameters, ConnectionSettings settings)
    {
        var text = sql.Text;
        var done = 0;
        var next = 0;
        foreach (var placeholder in sql.Placeholders)
        {
            var index = placeholder.IsPositional
                ? Positional(parameters, next)
                : parameters.IndexOf(placeholder.NameIn(text), hint: next);
            if (index < 0)
            {
                if (settings.AllowUserVariables && text[placeholder.Start] == '@') continue;
                throw new ArgumentException(
                    $"The statement names the parameter {text.AsSpan(placeholder.Start, placeholder.Length)}, which the command does not have. "
                    + "If it is a variable of the server's, the connection string needs Allow User Variables=true.");
            }

            next = index + 1;
            to.Append(text.AsSpan(done, placeholder.Start - done));
            WriteValue(to, parameters[index], sql.Dialect, settings);
            done = placeholder.Start + placeholder.Length;
        }

        to.Append(text.AsSpan(done));
    }

    private static int Positional(MariaDbParameterCollection parameters, int index) => index < parameters.Count
        ? index
        : throw new ArgumentException($"The statement has more question marks than the command has parameters ({parameters.Count}).");

    private static void WriteValue(StatementBuffer to, MariaDbParameter parameter, SqlDialect dialect, ConnectionSettings settings)
    {
        try
        {
            if (parameter.Value is DateTime time) CheckKind(time, settings.DateTimeKind);
            Literals.Write(to, parameter.Value, dialect);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"The value of parameter {parameter.ParameterName} cannot be sent: {e.Message}");
        }
    }

    /// <summary>A column has no room for the kind: a local time among UTC ones would come back hours off.</summary>
    private static void CheckKind(DateTime time, DateTimeKind kind)
    {
        if (kind != DateTimeKind.Unspecified && time.Kind != DateTimeKind.Unspecified && time.Kind != kind)
            throw new ArgumentException($"It is a {time.Kind} time, and the connection string has DateTime Kind={kind}.");
    }
}
