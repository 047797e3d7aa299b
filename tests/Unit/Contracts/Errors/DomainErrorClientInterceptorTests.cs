using Grpc.Core;
using Grpc.Core.Interceptors;
using Scheduler.Contracts.Errors;
using Scheduler.Models;

namespace Scheduler.Tests.Unit.Contracts.Errors;

public sealed class DomainErrorClientInterceptorTests
{
    private static readonly Method<string, string> Follow = new(
        MethodType.DuplexStreaming,
        "service",
        "Follow",
        Marshallers.StringMarshaller,
        Marshallers.StringMarshaller
    );

    [Fact]
    public async Task A_connection_that_ends_within_a_stream_makes_the_peer_unavailable()
    {
        var lost = await FailureAsync(new RpcException(new Status(StatusCode.Internal, "Error reading", new IOException("reset"))));
        Assert.Equal((ErrorKind.Unavailable, "the connection was lost: reset"), (lost.Kind, lost.Message));
    }

    [Fact]
    public async Task A_peer_that_does_not_answer_a_keep_alive_probe_is_unavailable()
    {
        var silent = new HttpProtocolException(2, "did not respond to a ping", null);
        var broken = new HttpRequestException(HttpRequestError.HttpProtocolError, "did not respond to a ping", silent);
        var lost = await FailureAsync(new RpcException(new Status(StatusCode.Internal, "Error starting gRPC call", broken)));
        Assert.Equal((ErrorKind.Unavailable, "the connection was lost: did not respond to a ping"), (lost.Kind, lost.Message));
    }

    [Fact]
    public async Task A_server_that_does_not_speak_the_protocol_is_not_merely_unavailable()
    {
        var refused = new HttpRequestException(HttpRequestError.VersionNegotiationError, "HTTP/1.1 only");
        var failure = await FailureAsync(new RpcException(new Status(StatusCode.Internal, "Error starting gRPC call", refused)));
        Assert.Equal(ErrorKind.Unknown, failure.Kind);
    }

    [Fact]
    public async Task An_internal_error_of_the_peer_stays_one() =>
        Assert.Equal(ErrorKind.Unknown, (await FailureAsync(new RpcException(new Status(StatusCode.Internal, "a bug")))).Kind);

    [Fact]
    public async Task The_peers_own_answer_counts_whatever_broke() =>
        Assert.Equal(
            ErrorKind.Overloaded,
            (await FailureAsync(ErrorMapping.ToRpcException(new DomainError(ErrorKind.Overloaded, "full")))).Kind
        );

    /// <summary>What reading and writing a stream that fails in this way throw.</summary>
    private static async Task<DomainException> FailureAsync(RpcException failure)
    {
        using var call = new DomainErrorClientInterceptor().AsyncDuplexStreamingCall(
            new ClientInterceptorContext<string, string>(Follow, null, default),
            _ => new AsyncDuplexStreamingCall<string, string>(
                new Broken(failure),
                new Broken(failure),
                Task.FromResult(new Metadata()),
                () => failure.Status,
                () => [],
                () => { }
            )
        );
        var written = await Assert.ThrowsAsync<DomainException>(() => call.RequestStream.WriteAsync("request"));
        var read = await Assert.ThrowsAsync<DomainException>(() => call.ResponseStream.MoveNext(default));
        Assert.Equal(read.Kind, written.Kind);
        return read;
    }

    private sealed class Broken(RpcException failure) : IAsyncStreamReader<string>, IClientStreamWriter<string>
    {
        public string Current => "";

        public WriteOptions? WriteOptions { get; set; }

        public Task<bool> MoveNext(CancellationToken cancellationToken) => Task.FromException<bool>(failure);

        public Task WriteAsync(string message) => Task.FromException(failure);

        public Task CompleteAsync() => Task.FromException(failure);
    }
}
