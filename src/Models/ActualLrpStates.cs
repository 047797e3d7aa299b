namespace Scheduler.Models;

/// <summary>Lifecycle state of an instance. An UNCLAIMED row is a slot that waits for a cell.</summary>
public enum ActualLrpState
{
    Unclaimed,
    Claimed,
    Running,
    Crashed,
}

/// <summary>
/// Which of up to three rows of a slot this is. ORDINARY is the slot to fill; EVACUATING and SUSPECT describe an older container that still
/// serves while its cell drains or is absent.
/// </summary>
public enum LrpPresence
{
    Ordinary = 0,
    Evacuating = 1,
    Suspect = 2,
}

/// <summary>State of a task: Pending → Running → Completed → Resolving → deleted.</summary>
public enum OneOffTaskState
{
    Invalid = 0,
    Pending = 1,
    Running = 2,
    Completed = 3,
    Resolving = 4,
}

/// <summary>The states as strings, as the wire format has them.</summary>
public static class ActualLrpStateNames
{
    public const string Unclaimed = "UNCLAIMED";
    public const string Claimed = "CLAIMED";
    public const string Running = "RUNNING";
    public const string Crashed = "CRASHED";

    public static string ToWire(this ActualLrpState state) =>
        state switch
        {
            ActualLrpState.Unclaimed => Unclaimed,
            ActualLrpState.Claimed => Claimed,
            ActualLrpState.Running => Running,
            ActualLrpState.Crashed => Crashed,
        };

    /// <exception cref="FormatException">The text is not a known state.</exception>
    public static ActualLrpState Parse(string text) =>
        text switch
        {
            Unclaimed => ActualLrpState.Unclaimed,
            Claimed => ActualLrpState.Claimed,
            Running => ActualLrpState.Running,
            Crashed => ActualLrpState.Crashed,
            _ => throw new FormatException($"unknown actual LRP state \"{text}\""),
        };
}
