using Google.Protobuf;
using Grpc.Core;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using FieldViolation = Scheduler.Models.FieldViolation;

namespace Scheduler.Contracts.Errors;

/// <summary>
/// The one place where domain errors become gRPC statuses and gRPC statuses become domain errors. The
/// <see cref="Error"/> message travels as a detail of <c>google.rpc.Status</c> in <c>grpc-status-details-bin</c>.
/// </summary>
public static class ErrorMapping
{
    private const string DetailsTrailer = "grpc-status-details-bin";
    private const string TypeUrlPrefix = "type.googleapis.com/";

    public static StatusCode ToStatusCode(ErrorKind kind) => kind switch
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

    /// <summary>A kind that this version does not know becomes <see cref="ErrorKind.Unknown"/>; its text stays.</summary>
    public static DomainError FromMessage(Error message) =>
        new(Enum.IsDefined((ErrorKind)message.Type) ? (ErrorKind)message.Type : ErrorKind.Unknown, message.Message)
        {
            Violations = [.. message.Violations.Select(violation => new FieldViolation(violation.Field, violation.Rule))],
        };

    public static RpcException ToRpcException(DomainError error)
    {
        var code = ToStatusCode(error.Kind);
        var status = new RpcStatus { Code = (int)code, Message = error.Message };
        status.Details.Add(new RpcStatusDetail
        {
            TypeUrl = TypeUrlPrefix + Error.Descriptor.FullName,
            Value = ToMessage(error).ToByteString(),
        });
        var trailers = new Metadata { { DetailsTrailer, status.ToByteArray() } };
        return new RpcException(new Status(code, error.Message), trailers);
    }

    /// <summary>Whether the server said so itself: what a connection says of its own has no detail.</summary>
    public static bool IsAnswer(RpcException failure) => failure.Trailers.Any(entry => entry.Key == DetailsTrailer);

    /// <summary>
    /// What a failed call means in domain terms. Without a detail of ours, as from a proxy or a broken connection, the
    /// status code decides.
    /// </summary>
    public static DomainError ToDomainError(RpcException failure)
    {
        if (failure.Trailers.FirstOrDefault(entry => entry.Key == DetailsTrailer) is { } entry)
        {
            try
            {
                var status = RpcStatus.Parser.ParseFrom(entry.ValueBytes);
                foreach (var detail in status.Details)
                    if (detail.TypeUrl.EndsWith("/" + Error.Descriptor.FullName, StringComparison.Ordinal))
                        return FromMessage(Error.Parser.ParseFrom(detail.Value));
            }
            catch (InvalidProtocolBufferException)
            {
                // A detail that is not what its key says: the status code below still tells what happened.
            }
        }

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
}
