using System.Globalization;

namespace Scheduler.Rep.Runtime.Simulated;

/// <summary>
/// How simulated processes behave outside tests: <c>true</c>, <c>false</c> and <c>sleep SECONDS</c> do what their names say, so that tasks
/// can end. All others run until they are stopped.
/// </summary>
public static class SimulatedPrograms
{
    /// <summary>As <see cref="SimulationScript.Process"/> requires.</summary>
    public static SimulatedProcessPlan Plan(ContainerSpec container, string processId, ProcessSpec process) =>
        (Path.GetFileName(process.Path), process.Args) switch
        {
            ("true", _) => SimulatedProcessPlan.Exits(0),
            ("false", _) => SimulatedProcessPlan.Exits(1),
            ("sleep", [var seconds]) when Seconds(seconds) is { } duration => new SimulatedProcessPlan { RunsFor = duration },
            _ => SimulatedProcessPlan.RunsForEver,
        };

    private static TimeSpan? Seconds(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
        && seconds < TimeSpan.MaxValue.TotalSeconds / 2
            ? TimeSpan.FromSeconds(seconds)
            : null;
}
