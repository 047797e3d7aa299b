namespace Scheduler.Models;

/// <summary>
/// The closed list of request failures. Values below 100 are Diego's error types with their numbers; those from 100 are this system's own.
/// Contracts maps each to a gRPC status and back, in one place.
/// </summary>
public enum ErrorKind
{
    Unknown = 0,
    InvalidRequest = 4,
    InvalidStateTransition = 9,
    ResourceConflict = 11,
    ResourceExists = 12,
    ResourceNotFound = 13,
    ActualLrpCannotBeClaimed = 15,
    ActualLrpCannotBeStarted = 16,
    ActualLrpCannotBeCrashed = 17,
    ActualLrpCannotBeFailed = 18,
    ActualLrpCannotBeRemoved = 19,
    ActualLrpCannotBeUnclaimed = 21,
    RunningOnDifferentCell = 24,
    LockCollision = 30,
    Timeout = 31,

    /// <summary>This BBS is a standby; the message names the active one if known. Nothing was done.</summary>
    NotActive = 100,

    /// <summary>The store did not accept the change, or may not have; nothing was acknowledged.</summary>
    Unavailable = 101,

    /// <summary>The row has changed since the caller read it: read again, then decide again.</summary>
    StaleVersion = 102,

    /// <summary>The event stream no longer holds the requested revision: take a new snapshot.</summary>
    RevisionGone = 103,

    /// <summary>A queue is full; nothing was done.</summary>
    Overloaded = 104,

    /// <summary>The caller's certificate lacks the role that this call needs.</summary>
    PermissionDenied = 105,

    /// <summary>The cell has no room for the work, whatever the auctioneer assumed.</summary>
    InsufficientResources = 106,
}

/// <summary>A field that breaks a rule.</summary>
/// <param name="Field">The field's path as in the contract, such as <c>desired_lrp.memory_mb</c>.</param>
/// <param name="Rule">What the field must be, such as <c>must be at least 0</c>.</param>
public sealed record FieldViolation(string Field, string Rule)
{
    public override string ToString() => $"{Field}: {Rule}";
}

/// <summary>Why a request failed, as data: the ordinary result of a decision that refuses.</summary>
public sealed record DomainError(ErrorKind Kind, string Message)
{
    public IReadOnlyList<FieldViolation> Violations { get; init; } = [];

    public static DomainError NotFound(string what) =>
        new(ErrorKind.ResourceNotFound, $"{what}: the requested resource could not be found");

    public static DomainError Exists(string what) => new(ErrorKind.ResourceExists, $"{what}: the requested resource already exists");

    /// <summary>Maximum number of violations reported. They travel in the trailers of an answer, which clients limit in size.</summary>
    public const int MostViolations = 32;

    public static DomainError Invalid(params IReadOnlyList<FieldViolation> violations)
    {
        IReadOnlyList<FieldViolation> told = violations.Count > MostViolations ? [.. violations.Take(MostViolations)] : violations;
        return new(ErrorKind.InvalidRequest, string.Join("; ", told)) { Violations = told };
    }

    public static DomainError Invalid(string field, string rule) => Invalid([new FieldViolation(field, rule)]);

    public DomainException ToException() => new(this);
}

/// <summary>Exception that carries a <see cref="DomainError"/> out of a service method or a client call.</summary>
public sealed class DomainException(DomainError error, Exception? inner = null) : Exception(error.Message, inner)
{
    public DomainError Error { get; } = error;

    public ErrorKind Kind => Error.Kind;
}
