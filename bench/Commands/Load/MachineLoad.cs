using System.Globalization;

namespace Scheduler.Bench.Commands.Load;

/// <summary>Load of the machine, including unrelated processes: measurements on a busy machine are less reliable.</summary>
internal static class MachineLoad
{
    /// <summary>Mean number of running or runnable processes in the last minute.</summary>
    public static double Average() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);
}
