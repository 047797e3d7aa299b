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
    public static SlotRows Presence(LrpPresence presence) => presence switch
    {
        LrpPresence.Ordinary => SlotRows.Ordinary,
        LrpPresence.Evacuating => SlotRows.Evacuating,
        LrpPresence.Suspect => SlotRows.Suspect,
    };
}

/// <summary>What to do next and why. Each names the version that it was decided on: the BBS refuses it when the row has moved.</summary>
internal abstract record ConvergenceCommand(string Reason)
{
    /// <summary>About one slot.</summary>
    internal abstract record OfSlot(LrpKey Key, SlotRows Touches, string Reason) : ConvergenceCommand(Reason);

    /// <summary>About one row of a slot.</summary>
    internal abstract record OfRow(ActualView Row, SlotRows Touches, string Reason) : OfSlot(Row.Key, Touches, Reason);

    /// <summary>Create the UNCLAIMED row and auction it.</summary>
    internal sealed record Create(LrpKey Key, string Reason) : OfSlot(Key, SlotRows.Ordinary, Reason);

    /// <summary>Stop the instance; the row goes when its rep has done so, at once when no rep holds it.</summary>
    internal sealed record Retire(ActualView Row, string Reason) : OfRow(Row, SlotRows.Ordinary, Reason);

    /// <summary>Back to UNCLAIMED, and auction.</summary>
    internal sealed record Unclaim(ActualView Row, string Reason) : OfRow(Row, SlotRows.Ordinary, Reason);

    /// <summary>The row becomes SUSPECT, a new UNCLAIMED one takes its place and is auctioned.</summary>
    internal sealed record Suspect(ActualView Row, string Reason) : OfRow(Row, SlotRows.Ordinary | SlotRows.Suspect, Reason);

    /// <summary>The SUSPECT row becomes ORDINARY again; whatever was to replace it goes.</summary>
    internal sealed record PromoteSuspect(ActualView Row, string Reason) : OfRow(Row, SlotRows.Ordinary | SlotRows.Suspect, Reason);

    internal sealed record RemoveSuspect(ActualView Row, string Reason) : OfRow(Row, SlotRows.Suspect, Reason);

    internal sealed record RemoveEvacuating(ActualView Row, string Reason) : OfRow(Row, SlotRows.Evacuating, Reason);

    /// <summary>Auction the UNCLAIMED row again; the row does not change.</summary>
    internal sealed record Reauction(ActualView Row, string Reason) : OfRow(Row, SlotRows.Ordinary, Reason);

    /// <summary>Tell the rep the desired internal routes and metric tags; the row changes when it reports them.</summary>
    internal sealed record UpdateInstance(ActualView Row, string Reason) : OfRow(Row, SlotRows.Ordinary, Reason);

    /// <summary>About one task.</summary>
    internal abstract record OfTask(TaskView Task, string Reason) : ConvergenceCommand(Reason);

    /// <summary>Complete it as failed.</summary>
    /// <param name="FailureReason">In Diego's words: clients read it.</param>
    internal sealed record FailTask(TaskView Task, string FailureReason, string Reason) : OfTask(Task, Reason);

    internal sealed record ReauctionTask(TaskView Task, string Reason) : OfTask(Task, Reason);

    /// <summary>From Resolving back to Completed, and submit its callback.</summary>
    internal sealed record DemoteTask(TaskView Task, string Reason) : OfTask(Task, Reason);

    internal sealed record ResubmitCallback(TaskView Task, string Reason) : OfTask(Task, Reason);

    internal sealed record DeleteTask(TaskView Task, string Reason) : OfTask(Task, Reason);
}
