using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Rep.Bbs;

internal enum AnswerKind
{
    Taken,

    /// <summary>The BBS has decided against it; asking again would bring the same.</summary>
    Refused,

    /// <summary>Not taken, or nobody knows: ask again.</summary>
    Unreachable,
}

/// <summary>What came of a call.</summary>
internal readonly record struct BbsAnswer(AnswerKind Kind)
{
    public static readonly BbsAnswer Taken = new(AnswerKind.Taken);

    /// <summary>Of a refusal.</summary>
    public ErrorKind Error { get; init; }

    public string Message { get; init; } = "";

    /// <summary>Of an evacuation; of any other call true.</summary>
    public bool KeepContainer { get; init; } = true;

    /// <summary>What a claim brought to run; null when it is no longer desired.</summary>
    public DesiredLRP? Lrp { get; init; }

    /// <summary>What is to be run of a task that this cell has started; null when there is nothing to do.</summary>
    public OneOffTask? Task { get; init; }

    public static BbsAnswer Of(Exception failure) => failure switch
    {
        DomainException { Kind: var kind } refusal when IsDecision(kind) => new BbsAnswer(AnswerKind.Refused) { Error = kind, Message = refusal.Message },
        _ => new BbsAnswer(AnswerKind.Unreachable) { Message = failure.Message },
    };

    /// <summary>Errors that say something of the request; the others only of the BBS's own state.</summary>
    private static bool IsDecision(ErrorKind kind) => kind switch
    {
        ErrorKind.InvalidRequest or ErrorKind.InvalidStateTransition or ErrorKind.ResourceConflict or ErrorKind.ResourceExists
            or ErrorKind.ResourceNotFound or ErrorKind.ActualLrpCannotBeClaimed or ErrorKind.ActualLrpCannotBeStarted
            or ErrorKind.ActualLrpCannotBeCrashed or ErrorKind.ActualLrpCannotBeFailed or ErrorKind.ActualLrpCannotBeRemoved
            or ErrorKind.ActualLrpCannotBeUnclaimed or ErrorKind.RunningOnDifferentCell or ErrorKind.LockCollision => true,
        ErrorKind.Unknown or ErrorKind.Timeout or ErrorKind.NotActive or ErrorKind.Unavailable or ErrorKind.StaleVersion
            or ErrorKind.RevisionGone or ErrorKind.Overloaded or ErrorKind.PermissionDenied or ErrorKind.InsufficientResources => false,
    };
}
