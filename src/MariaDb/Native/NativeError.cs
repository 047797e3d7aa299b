using System.Runtime.InteropServices;

namespace Scheduler.MariaDb.Native;

/// <summary>Reads the last error of a connection.</summary>
internal static class NativeError
{
    public static int Number(MySqlHandle mysql) => (int)LibMariaDb.mysql_errno(mysql);

    /// <param name="mysql">The connection on which a call has just failed.</param>
    /// <param name="hideValues">Whether the statement carried parameters, which the message must not repeat.</param>
    public static MariaDbException Read(MySqlHandle mysql, bool hideValues)
    {
        var number = Number(mysql);
        var message = Marshal.PtrToStringUTF8(LibMariaDb.mysql_error(mysql)) ?? "";
        if (message.Length == 0) message = $"Error {number} of the client library.";
        var state = Marshal.PtrToStringUTF8(LibMariaDb.mysql_sqlstate(mysql));
        return new MariaDbException(hideValues ? ErrorText.WithoutValues(number, message) : message, number, state);
    }
}
