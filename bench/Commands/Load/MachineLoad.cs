using System.Globalization;

namespace Scheduler.Bench.Commands.Load;

/// <summary>How busy the machine is, with whatever else it does: figures from a busy one are worth less.</summary>
internal static class MachineLoad
{
    /// <summary>Processes that ran or wanted to, in the mean of the last minute.</summary>
    public static double Average() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);
}
