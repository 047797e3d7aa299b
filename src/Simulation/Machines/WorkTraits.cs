using System.Globalization;

namespace Scheduler.Simulation.Machines;

/// <summary>
/// Behaviour of a simulated process, encoded as program and arguments of its run action, so that it is transported like any other
/// definition.
/// </summary>
internal static class WorkTraits
{
    public const string Serve = "serve";
    public const string Exit = "exit";
    public const string OutOfMemory = "oom";
    public const string Check = "check";

    /// <summary>Runs until stopped.</summary>
    public static LrpAction ToServe() => Run(Serve);

    /// <summary>Exits on its own after the given time.</summary>
    public static LrpAction ToExit(TimeSpan after, int code) => Run(Exit, Text(after.TotalMilliseconds), Text(code));

    public static LrpAction ToRunOutOfMemory(TimeSpan after) => Run(OutOfMemory, Text(after.TotalMilliseconds));

    /// <summary>The check that a monitor repeats: short, and successful unless the container never becomes healthy.</summary>
    public static LrpAction ToCheck() => Run(Check);

    public static bool Lasts(LrpAction action) => action.RunAction.Path == Serve;

    public static TimeSpan Duration(IReadOnlyList<string> arguments) =>
        TimeSpan.FromMilliseconds(double.Parse(arguments[0], CultureInfo.InvariantCulture));

    public static int Code(IReadOnlyList<string> arguments) => int.Parse(arguments[1], CultureInfo.InvariantCulture);

    private static LrpAction Run(string program, params string[] arguments)
    {
        var action = new LrpAction
        {
            RunAction = new RunAction
            {
                Path = program,
                User = "vcap",
                LogSource = "APP",
            },
        };
        action.RunAction.Args.AddRange(arguments);
        return action;
    }

    private static string Text(double value) => value.ToString("0", CultureInfo.InvariantCulture);
}
