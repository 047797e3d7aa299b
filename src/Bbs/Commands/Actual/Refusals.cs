using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Commands.Actual;

/// <summary>Errors for refused operations on actual LRPs.</summary>
internal static class Refusals
{
    public static DomainError NoRow(string processGuid, int index) => DomainError.NotFound($"actual LRP {new LrpKey(processGuid, index)}");

    public static DomainError NoRow(ActualLRPKey key) => NoRow(key.ProcessGuid, key.Index);

    /// <summary>Diego's message for the error kind, plus the current state of the row.</summary>
    public static DomainError CannotBe(ErrorKind kind, ActualLRP row)
    {
        var verb = kind switch
        {
            ErrorKind.ActualLrpCannotBeClaimed => "claim",
            ErrorKind.ActualLrpCannotBeStarted => "start",
            ErrorKind.ActualLrpCannotBeCrashed => "crash",
            ErrorKind.ActualLrpCannotBeFailed => "fail",
            ErrorKind.ActualLrpCannotBeRemoved => "remove",
            ErrorKind.ActualLrpCannotBeUnclaimed => "unclaim",
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "not a refusal of a transition"),
        };
        var holder = row.HasInstance() ? $" by {row.InstanceGuid()} on cell {row.CellId()}" : "";
        return new DomainError(kind, $"cannot {verb} actual LRP {row.Slot()}: it is {row.State}{holder}");
    }
}
