using Google.Protobuf;
using Grpc.Core;
using Scheduler.Contracts.Errors;
using Scheduler.Models;
using Any = Google.Protobuf.WellKnownTypes.Any;
using Duration = Google.Protobuf.WellKnownTypes.Duration;

namespace Scheduler.Tests.Unit.Contracts.Errors;

public sealed class ErrorMappingTests
{
    public static TheoryData<ErrorKind> Kinds => [.. Enum.GetValues<ErrorKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_error_comes_back_as_it_went(ErrorKind kind)
    {
        var error = new DomainError(kind, "näh") { Violations = [new FieldViolation("desired_lrp.memory_mb", "must be at least 0")] };

        var back = ErrorMapping.ToDomainError(ErrorMapping.ToRpcException(error));

        Assert.Equal(error.Kind, back.Kind);
        Assert.Equal(error.Message, back.Message);
        Assert.Equal(error.Violations, back.Violations);
    }

    [Theory]
    [InlineData(StatusCode.Unavailable, ErrorKind.Unavailable)]
    [InlineData(StatusCode.DeadlineExceeded, ErrorKind.Timeout)]
    [InlineData(StatusCode.NotFound, ErrorKind.ResourceNotFound)]
    [InlineData(StatusCode.Internal, ErrorKind.Unknown)]
    public void Without_our_detail_the_status_code_decides(StatusCode code, ErrorKind kind) =>
        Assert.Equal(kind, ErrorMapping.ToDomainError(new RpcException(new Status(code, "x"))).Kind);

    public static TheoryData<byte[]> Details =>
        [
            new byte[] { 0xff, 0xff, 0xff },
            StatusOf(new Any { TypeUrl = "type.googleapis.com/scheduler.v1.Error", Value = ByteString.CopyFrom(0xff, 0xff, 0xff) }),
            StatusOf(Any.Pack(new Duration { Seconds = 4 })),
        ];

    [Theory]
    [MemberData(nameof(Details))]
    public void A_detail_that_is_not_ours_is_left_alone(byte[] details)
    {
        var trailers = new Metadata { { "grpc-status-details-bin", details } };

        var error = ErrorMapping.ToDomainError(new RpcException(new Status(StatusCode.NotFound, "gone"), trailers));

        Assert.Equal((ErrorKind.ResourceNotFound, "NotFound: gone"), (error.Kind, error.Message));
    }

    private static byte[] StatusOf(Any detail) =>
        new Google.Rpc.Status
        {
            Code = 5,
            Message = "gone",
            Details = { detail },
        }.ToByteArray();
}
