using System.Globalization;

namespace Scheduler.Simulation.Machines;

/// <summary>What a simulated process does, written as the program and arguments of its run action so that it travels the way of every definition.</summary>
internal static class WorkTraits
{
    public const string Serve = "serve";
    public const string Exit = "exit";
    public const string OutOfMemory = "oom";
    public const string Check = "check";

    /// <summary>Runs until it is stopped.</summary>
    public static LrpAction ToServe() => Run(Serve);

    /// <summary>Ends by itself after that long.</summary>
    public static LrpAction ToExit(TimeSpan after, int code) => Run(Exit, Text(after.TotalMilliseconds), Text(code));

    public static LrpAction ToRunOutOfMemory(TimeSpan after) => Run(OutOfMemory, Text(after.TotalMilliseconds));

    /// <summary>What a monitor runs again and again: soon over, and well unless its container never is.</summary>
    public static LrpAction ToCheck() => Run(Check);

    public static bool Lasts(LrpAction action) => action.RunAction.Path == Serve;

    public static TimeSpan Duration(IReadOnlyList<string> arguments) =>
        TimeSpan.FromMilliseconds(double.Parse(arguments[0], CultureInfo.InvariantCulture));

    public static int Code(IReadOnlyList<string> arguments) => int.Parse(arguments[1], CultureInfo.InvariantCulture);

    private static LrpAction Run(string program, params string[] arguments)
    {
        var action = new LrpAction { RunAction = new RunAction { Path = program, User = "vcap", LogSource = "APP" } };
        action.RunAction.Args.AddRange(arguments);
        return action;
    }

    private static string Text(double value) => value.ToString("0", CultureInfo.InvariantCulture);
}
