using Google.Protobuf;
using Grpc.Core;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Any = Google.Protobuf.WellKnownTypes.Any;
using FieldViolation = Scheduler.Models.FieldViolation;

namespace Scheduler.Contracts.Errors;

/// <summary>
/// The one place where domain errors become gRPC statuses and back. The <see cref="Error"/> message travels as a detail of
/// <c>google.rpc.Status</c> in <c>grpc-status-details-bin</c>.
/// </summary>
public static class ErrorMapping
{
    // Limit of the text that any client shows. The details, which this system's clients read, have all of it. Trailers are limited in size,
    // and this one is escaped.
    private const int MessageLimit = 2_048;

    public static StatusCode ToStatusCode(ErrorKind kind) =>
        kind switch
        {
            ErrorKind.Unknown => StatusCode.Unknown,
            ErrorKind.InvalidRequest => StatusCode.InvalidArgument,
            ErrorKind.InvalidStateTransition => StatusCode.FailedPrecondition,
            ErrorKind.ResourceConflict => StatusCode.Aborted,
            ErrorKind.ResourceExists => StatusCode.AlreadyExists,
            ErrorKind.ResourceNotFound => StatusCode.NotFound,
            ErrorKind.ActualLrpCannotBeClaimed => StatusCode.FailedPrecondition,
            ErrorKind.ActualLrpCannotBeStarted => StatusCode.FailedPrecondition,
            ErrorKind.ActualLrpCannotBeCrashed => StatusCode.FailedPrecondition,
            ErrorKind.ActualLrpCannotBeFailed => StatusCode.FailedPrecondition,
            ErrorKind.ActualLrpCannotBeRemoved => StatusCode.FailedPrecondition,
            ErrorKind.ActualLrpCannotBeUnclaimed => StatusCode.FailedPrecondition,
            ErrorKind.RunningOnDifferentCell => StatusCode.FailedPrecondition,
            ErrorKind.LockCollision => StatusCode.AlreadyExists,
            ErrorKind.Timeout => StatusCode.DeadlineExceeded,
            ErrorKind.NotActive => StatusCode.Unavailable,
            ErrorKind.Unavailable => StatusCode.Unavailable,
            ErrorKind.StaleVersion => StatusCode.Aborted,
            ErrorKind.RevisionGone => StatusCode.OutOfRange,
            ErrorKind.Overloaded => StatusCode.ResourceExhausted,
            ErrorKind.PermissionDenied => StatusCode.PermissionDenied,
            ErrorKind.InsufficientResources => StatusCode.ResourceExhausted,
        };

    public static Error ToMessage(DomainError error)
    {
        var message = new Error { Type = (Error.Types.Type)error.Kind, Message = error.Message };
        foreach (var violation in error.Violations)
            message.Violations.Add(new V1.FieldViolation { Field = violation.Field, Rule = violation.Rule });
        return message;
    }

    /// <summary>A kind that this version does not know becomes <see cref="ErrorKind.Unknown"/> with the same text.</summary>
    public static DomainError FromMessage(Error message) =>
        new(Enum.IsDefined((ErrorKind)message.Type) ? (ErrorKind)message.Type : ErrorKind.Unknown, message.Message)
        {
            Violations = [.. message.Violations.Select(violation => new FieldViolation(violation.Field, violation.Rule))],
        };

    public static RpcException ToRpcException(DomainError error)
    {
        var code = ToStatusCode(error.Kind);
        var text = error.Message.Length > MessageLimit ? string.Concat(error.Message.AsSpan(0, MessageLimit), "…") : error.Message;
        return new Google.Rpc.Status
        {
            Code = (int)code,
            Message = text,
            Details = { Any.Pack(ToMessage(error)) },
        }.ToRpcException();
    }

    /// <summary>Whether the error came from the server itself: a connection error has no detail.</summary>
    public static bool IsAnswer(RpcException failure) => failure.Trailers.Get(MetadataExtensions.StatusDetailsTrailerName) is not null;

    /// <summary>
    /// Whether the connection broke during the call, for example because a starved peer did not answer a keep-alive probe in time. The library
    /// calls that an internal error, as if the peer had one.
    /// </summary>
    public static bool IsLostConnection(RpcException failure) =>
        failure.StatusCode == StatusCode.Internal
        && !IsAnswer(failure)
        && failure.Status.DebugException
            is IOException
                or HttpRequestException { HttpRequestError: not HttpRequestError.VersionNegotiationError };

    /// <summary>
    /// The domain error of a failed call. Without this system's detail, as from a proxy or a broken connection, the status code decides.
    /// </summary>
    public static DomainError ToDomainError(RpcException failure)
    {
        // An unparsable detail is ignored: the status code still says what happened.
        if (failure.Trailers.GetRpcStatus(ignoreParseError: true) is { } status && Detail(status) is { } detail)
            return FromMessage(detail);

        var kind = failure.StatusCode switch
        {
            StatusCode.InvalidArgument => ErrorKind.InvalidRequest,
            StatusCode.NotFound => ErrorKind.ResourceNotFound,
            StatusCode.AlreadyExists => ErrorKind.ResourceExists,
            StatusCode.PermissionDenied or StatusCode.Unauthenticated => ErrorKind.PermissionDenied,
            StatusCode.ResourceExhausted => ErrorKind.Overloaded,
            StatusCode.OutOfRange => ErrorKind.RevisionGone,
            StatusCode.Unavailable => ErrorKind.Unavailable,
            StatusCode.DeadlineExceeded => ErrorKind.Timeout,
            _ => ErrorKind.Unknown,
        };
        return new DomainError(kind, $"{failure.StatusCode}: {failure.Status.Detail}");
    }

    private static Error? Detail(Google.Rpc.Status status)
    {
        ContractDescriptors.Load();
        try
        {
            return status.GetDetail<Error>();
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
