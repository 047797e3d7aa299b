using Scheduler.Models;

namespace Scheduler.Converger.Rules.Terms;

/// <summary>The rows of a slot that a command changes.</summary>
[Flags]
internal enum SlotRows
{
    None = 0,
    Ordinary = 1,
    Evacuating = 2,
    Suspect = 4,
}

internal static class SlotRowsOf
{
    public static SlotRows Presence(LrpPresence presence) =>
        presence switch
        {
            LrpPresence.Ordinary => SlotRows.Ordinary,
            LrpPresence.Evacuating => SlotRows.Evacuating,
            LrpPresence.Suspect => SlotRows.Suspect,
        };
}

/// <summary>
/// What to do next and why. Each command names the version that it was decided on; the BBS refuses it if the row has changed since.
/// </summary>
internal abstract record ConvergenceCommand(string Reason)
{
    /// <summary>Command about one slot.</summary>
    internal abstract record OfSlot(LrpKey Key, SlotRows Touches, string Reason) : ConvergenceCommand(Reason);

    /// <summary>Command about one row of a slot.</summary>
    internal abstract record OfRow(ActualView Row, SlotRows Touches, string Reason) : OfSlot(Row.Key, Touches, Reason);

    /// <summary>Create the UNCLAIMED row and auction it.</summary>
    internal sealed record Create(LrpKey Key, string Reason) : OfSlot(Key, SlotRows.Ordinary, Reason);

    /// <summary>Stop the instance. Its row is removed when its rep has done so, or at once when no rep holds it.</summary>
    internal sealed record Retire(ActualView Row, string Reason) : OfRow(Row, SlotRows.Ordinary, Reason);

    /// <summary>Set the row back to UNCLAIMED and auction it.</summary>
    internal sealed record Unclaim(ActualView Row, string Reason) : OfRow(Row, SlotRows.Ordinary, Reason);

    /// <summary>Make the row SUSPECT, put a new UNCLAIMED one in its place and auction that.</summary>
    internal sealed record Suspect(ActualView Row, string Reason) : OfRow(Row, SlotRows.Ordinary | SlotRows.Suspect, Reason);

    /// <summary>Make the SUSPECT row ORDINARY again and remove its replacement.</summary>
    internal sealed record PromoteSuspect(ActualView Row, string Reason) : OfRow(Row, SlotRows.Ordinary | SlotRows.Suspect, Reason);

    internal sealed record RemoveSuspect(ActualView Row, string Reason) : OfRow(Row, SlotRows.Suspect, Reason);

    internal sealed record RemoveEvacuating(ActualView Row, string Reason) : OfRow(Row, SlotRows.Evacuating, Reason);

    /// <summary>Auction the UNCLAIMED row again; the row does not change.</summary>
    internal sealed record Reauction(ActualView Row, string Reason) : OfRow(Row, SlotRows.Ordinary, Reason);

    /// <summary>Send the rep the desired internal routes and metric tags; the row changes when the rep reports them.</summary>
    internal sealed record UpdateInstance(ActualView Row, string Reason) : OfRow(Row, SlotRows.Ordinary, Reason);

    /// <summary>Command about one task.</summary>
    internal abstract record OfTask(TaskView Task, string Reason) : ConvergenceCommand(Reason);

    /// <summary>Complete the task as failed.</summary>
    /// <param name="FailureReason">Diego's text, because clients read it.</param>
    internal sealed record FailTask(TaskView Task, string FailureReason, string Reason) : OfTask(Task, Reason);

    internal sealed record ReauctionTask(TaskView Task, string Reason) : OfTask(Task, Reason);

    /// <summary>Set the task from Resolving back to Completed, and submit its callback.</summary>
    internal sealed record DemoteTask(TaskView Task, string Reason) : OfTask(Task, Reason);

    internal sealed record ResubmitCallback(TaskView Task, string Reason) : OfTask(Task, Reason);

    internal sealed record DeleteTask(TaskView Task, string Reason) : OfTask(Task, Reason);
}
