using System.Globalization;

namespace Scheduler.Rep.Runtime.Linux;

/// <summary>
/// Unique identity of a process: its pid and its start time, which distinguishes it from a later process with the same pid.
/// </summary>
/// <param name="StartTicks">Clock ticks after the machine's boot, as in <c>/proc/PID/stat</c>.</param>
internal readonly record struct ProcessIdentity(int Pid, ulong StartTicks)
{
    /// <summary>The current process with this pid, zombies excluded; null if there is none.</summary>
    public static ProcessIdentity? Of(int pid)
    {
        string stat;
        try
        {
            stat = File.ReadAllText($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/stat");
        }
        catch (IOException)
        {
            return null; // it ended before or while we read
        }

        // The name, in parentheses, may contain anything: count fields after its end. State is the 3rd field, start time the 22nd.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return fields[0] is "Z" or "X" ? null : new ProcessIdentity(pid, ulong.Parse(fields[19], CultureInfo.InvariantCulture));
    }

    /// <summary>Ids of the processes whose command line, with a zero byte after each word, meets a condition; zombies have none.</summary>
    public static IEnumerable<int> Named(Func<string, bool> condition)
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (
                int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && condition(Line(directory))
            )
                yield return pid;
        }

        static string Line(string directory)
        {
            try
            {
                return File.ReadAllText(Path.Combine(directory, "cmdline"));
            }
            catch (IOException)
            {
                return ""; // it ended
            }
        }
    }

    public bool IsAlive() => Pid > 0 && Of(Pid) == this;
}
