using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Internal;

namespace Scheduler.Tests.Unit.Grpc;

public sealed class HttpFailuresTests
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(static (byte[] bytes) => bytes, static bytes => bytes);

    private static readonly Method<byte[], byte[]> AnyMethod = new(MethodType.Unary, "package.Service", "Method", Bytes, Bytes);

    [Theory]
    [InlineData(HttpStatusCode.BadRequest, StatusCode.Internal)]
    [InlineData(HttpStatusCode.Unauthorized, StatusCode.Unauthenticated)]
    [InlineData(HttpStatusCode.Forbidden, StatusCode.PermissionDenied)]
    [InlineData(HttpStatusCode.NotFound, StatusCode.Unimplemented)]
    [InlineData(HttpStatusCode.TooManyRequests, StatusCode.Unavailable)]
    [InlineData(HttpStatusCode.BadGateway, StatusCode.Unavailable)]
    [InlineData(HttpStatusCode.ServiceUnavailable, StatusCode.Unavailable)]
    [InlineData(HttpStatusCode.GatewayTimeout, StatusCode.Unavailable)]
    [InlineData(HttpStatusCode.InternalServerError, StatusCode.Unknown)]
    public async Task Reads_what_a_proxy_answers(HttpStatusCode http, StatusCode status) =>
        Assert.Equal(status, (await FailAsync(new HttpResponseMessage(http))).StatusCode);

    [Theory]
    [InlineData(0, StatusCode.Internal)]
    [InlineData(1, StatusCode.Internal)]
    [InlineData(7, StatusCode.Unavailable)]
    [InlineData(8, StatusCode.Cancelled)]
    [InlineData(11, StatusCode.ResourceExhausted)]
    [InlineData(12, StatusCode.PermissionDenied)]
    [InlineData(99, StatusCode.Unknown)]
    public async Task Reads_why_a_stream_was_reset(long code, StatusCode status)
    {
        var reset = new HttpRequestException("reset", new HttpProtocolException(code, "reset", null));
        Assert.Equal(status, (await FailAsync(reset)).StatusCode);
    }

    [Fact]
    public async Task No_connection_in_time_is_nobodys_cancellation() =>
        Assert.Equal(StatusCode.Unavailable, (await FailAsync(new TaskCanceledException("no connection", new TimeoutException()))).StatusCode);

    [Fact]
    public void A_reset_after_the_deadline_is_the_deadlines() =>
        Assert.Equal(StatusCode.DeadlineExceeded, HttpFailures.Explain(new HttpProtocolException(8, "reset", null), deadlineHasPassed: true).StatusCode);

    [Fact]
    public async Task Refuses_a_response_that_is_not_gRPC()
    {
        var failure = await FailAsync(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("<html>") });
        Assert.Equal(StatusCode.Unknown, failure.StatusCode);
        Assert.Contains("text/plain", failure.Status.Detail);
    }

    [Fact]
    public async Task Reads_a_status_among_the_headers()
    {
        var response = Response([]);
        response.Headers.Add("grpc-status", "9");
        response.Headers.Add("grpc-message", "not%20now %C3%BC");
        response.Headers.Add("x-why", "because");
        var failure = await FailAsync(response);
        Assert.Equal((StatusCode.FailedPrecondition, "not now ü"), (failure.StatusCode, failure.Status.Detail));
        Assert.Equal("because", failure.Trailers.GetValue("x-why"));
    }

    [Theory]
    [InlineData("77", StatusCode.Unknown)]
    [InlineData("OK", StatusCode.Unknown)]
    [InlineData(null, StatusCode.Internal)]
    [InlineData("0", StatusCode.Internal)]
    public async Task An_end_that_makes_no_sense_is_no_success(string? status, StatusCode code)
    {
        var response = Response([]);
        if (status is not null)
            response.TrailingHeaders.Add("grpc-status", status);
        Assert.Equal(code, (await FailAsync(response)).StatusCode);
    }

    [Fact]
    public async Task Two_answers_to_a_unary_call_are_an_error()
    {
        var response = Response([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        response.TrailingHeaders.Add("grpc-status", "0");
        Assert.Equal(StatusCode.Internal, (await FailAsync(response)).StatusCode);
    }

    private static HttpResponseMessage Response(byte[] body)
    {
        var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", "application/grpc");
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = content };
    }

    private static Task<RpcException> FailAsync(HttpResponseMessage response) => FailAsync(new Answer(() => response));

    private static Task<RpcException> FailAsync(Exception exception) => FailAsync(new Answer(() => throw exception));

    private static async Task<RpcException> FailAsync(HttpMessageHandler handler)
    {
        using var channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = handler });
        return await Assert.ThrowsAsync<RpcException>(() => channel.CreateCallInvoker().AsyncUnaryCall(AnyMethod, null, default, []).ResponseAsync);
    }

    private sealed class Answer(Func<HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await request.Content!.CopyToAsync(Stream.Null, cancellationToken);
            return answer();
        }
    }
}
