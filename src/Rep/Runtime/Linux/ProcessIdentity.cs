using System.Globalization;

namespace Scheduler.Rep.Runtime.Linux;

/// <summary>A process for ever: its pid, and when it started so that a later process with the same pid is not taken for it.</summary>
/// <param name="StartTicks">Clock ticks after the machine's boot, as <c>/proc/PID/stat</c> has it.</param>
internal readonly record struct ProcessIdentity(int Pid, ulong StartTicks)
{
    /// <summary>The process that has this pid now, zombies left out; null when there is none.</summary>
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

        // The name, in parentheses, may hold anything: fields are counted after its end. State is the 3rd field, start time the 22nd.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return fields[0] is "Z" or "X" ? null : new ProcessIdentity(pid, ulong.Parse(fields[19], CultureInfo.InvariantCulture));
    }

    public bool IsAlive() => Pid > 0 && Of(Pid) == this;
}
