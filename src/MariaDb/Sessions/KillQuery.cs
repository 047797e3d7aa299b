using System.ComponentModel;
using System.Text;
using Scheduler.MariaDb.Native;

namespace Scheduler.MariaDb.Sessions;

/// <summary>Tells the server, over a connection of its own, to stop what a session is doing.</summary>
internal static unsafe class KillQuery
{
    /// <returns>False if the server could not be told.</returns>
    public static bool TrySend(MariaDbSession session)
    {
        try
        {
            using var mysql = NativeConnect.Open(session.Settings, session.Settings.CancellationTimeout);
            // From here on nothing bounds the wait for the answer but this.
            using var timer = session.Time.CreateTimer(
                static mysql => ((MySqlHandle)mysql!).Abort(), mysql, session.Settings.CancellationTimeout, Timeout.InfiniteTimeSpan);
            var statement = Encoding.ASCII.GetBytes($"KILL QUERY {session.ThreadId}");
            fixed (byte* bytes = statement) return LibMariaDb.mysql_real_query(mysql, bytes, (nuint)statement.Length) == 0;
        }
        catch (Exception e) when (e is MariaDbException or ArgumentException or Win32Exception)
        {
            // The caller cuts the connection instead.
            return false;
        }
    }
}
