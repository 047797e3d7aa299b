using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Rep.Bbs;

internal enum AnswerKind
{
    Taken,

    /// <summary>The BBS refused the call; a retry would give the same answer.</summary>
    Refused,

    /// <summary>The BBS did not take the call, or it is unknown whether it did: retry.</summary>
    Unreachable,
}

/// <summary>The result of a call.</summary>
internal readonly record struct BbsAnswer(AnswerKind Kind)
{
    public static readonly BbsAnswer Taken = new(AnswerKind.Taken);

    /// <summary>The error of a refusal.</summary>
    public ErrorKind Error { get; init; }

    public string Message { get; init; } = "";

    /// <summary>The answer to an evacuation call; true for any other call.</summary>
    public bool KeepContainer { get; init; } = true;

    /// <summary>The LRP to run after a claim; null if it is no longer desired.</summary>
    public DesiredLRP? Lrp { get; init; }

    /// <summary>The definition of a started task; null if there is nothing to run.</summary>
    public OneOffTask? Task { get; init; }

    public static BbsAnswer Of(Exception failure) =>
        failure switch
        {
            DomainException { Kind: var kind } refusal when IsDecision(kind) => new BbsAnswer(AnswerKind.Refused)
            {
                Error = kind,
                Message = refusal.Message,
            },
            _ => new BbsAnswer(AnswerKind.Unreachable) { Message = failure.Message },
        };

    /// <summary>Errors that concern the request; all others concern only the state of the BBS.</summary>
    private static bool IsDecision(ErrorKind kind) =>
        kind switch
        {
            ErrorKind.InvalidRequest
            or ErrorKind.InvalidStateTransition
            or ErrorKind.ResourceConflict
            or ErrorKind.ResourceExists
            or ErrorKind.ResourceNotFound
            or ErrorKind.ActualLrpCannotBeClaimed
            or ErrorKind.ActualLrpCannotBeStarted
            or ErrorKind.ActualLrpCannotBeCrashed
            or ErrorKind.ActualLrpCannotBeFailed
            or ErrorKind.ActualLrpCannotBeRemoved
            or ErrorKind.ActualLrpCannotBeUnclaimed
            or ErrorKind.RunningOnDifferentCell
            or ErrorKind.LockCollision => true,
            ErrorKind.Unknown
            or ErrorKind.Timeout
            or ErrorKind.NotActive
            or ErrorKind.Unavailable
            or ErrorKind.StaleVersion
            or ErrorKind.RevisionGone
            or ErrorKind.Overloaded
            or ErrorKind.PermissionDenied
            or ErrorKind.InsufficientResources => false,
        };
}
