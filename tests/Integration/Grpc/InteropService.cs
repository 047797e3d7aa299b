using System.Collections.Concurrent;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Grpc.HealthCheck;
using Scheduler.Tests.Integration.Grpc.Contract;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Scheduler.Tests.Integration.Grpc;

/// <summary>Serves the contract of the interoperation tests; the Python and JavaScript servers do the same.</summary>
internal sealed class InteropService(HealthServiceImpl health) : Interop.InteropBase
{
    public const string FailureText = "nicht gefunden: ü 100%";

    private readonly ConcurrentDictionary<ByteString, TaskCompletionSource> _cancelled = [];
    private readonly TaskCompletionSource _met = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _meeting;
    private int _written;

    public override async Task<Message> Unary(Message request, ServerCallContext context)
    {
        switch (request.Text)
        {
            case "fail":
                throw Failure();
            case "crash":
                throw new InvalidOperationException("a secret");
            case "headers":
                await EchoMetadataAsync(context);
                return request;
            case "wait":
                await WaitAsync(request.Data, context);
                return request;
            case "cancelled":
                await Cancelled(request.Data).Task.WaitAsync(context.CancellationToken);
                return request;
            case "size":
                return new Message { Data = ByteString.CopyFrom(new byte[request.Number]) };
            case "timeout":
                return new Message { Number = (int)(context.Deadline - DateTime.UtcNow).TotalMilliseconds };
            case "encoding":
                return new Message { Text = context.GetHttpContext().Request.Headers["grpc-encoding"].ToString() };
            case "peer":
                return new Message { Text = $"{context.Peer} {string.Join(',', context.AuthContext.PeerIdentity.Select(each => each.Value))}" };
            case "written":
                return new Message { Number = Volatile.Read(ref _written) };
            case "meet":
                if (Interlocked.Increment(ref _meeting) == request.Number)
                    _met.SetResult();
                await _met.Task.WaitAsync(context.CancellationToken);
                return request;
            case "serving":
                health.SetStatus("changing", ServingStatus.Serving);
                return request;
            case "failing":
                health.SetStatus("changing", ServingStatus.NotServing);
                return request;
            default:
                return request;
        }
    }

    public override async Task Down(Message request, IServerStreamWriter<Message> responseStream, ServerCallContext context)
    {
        for (var number = 0; number < request.Number; number++)
        {
            await responseStream.WriteAsync(new Message { Number = number, Data = request.Data });
            Interlocked.Increment(ref _written);
        }

        if (request.Text == "wait")
            await WaitAsync(request.Data, context);
    }

    public override async Task<Message> Up(IAsyncStreamReader<Message> requestStream, ServerCallContext context)
    {
        var answer = new Message();
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            answer.Number += request.Number;
            answer.Text += request.Text;
        }

        return answer;
    }

    public override async Task Both(IAsyncStreamReader<Message> requestStream, IServerStreamWriter<Message> responseStream, ServerCallContext context)
    {
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
            await responseStream.WriteAsync(request);
    }

    private static RpcException Failure()
    {
        var status = new Google.Rpc.Status { Code = (int)StatusCode.NotFound, Message = FailureText };
        status.Details.Add(Any.Pack(new ErrorInfo { Reason = "GONE", Domain = "interop" }));
        var failure = status.ToRpcException();
        failure.Trailers.Add("x-why", "because");
        failure.Trailers.Add("x-why-bin", [0, 1, 255]);
        return failure;
    }

    private static async Task EchoMetadataAsync(ServerCallContext context)
    {
        var headers = new Metadata();
        foreach (var entry in context.RequestHeaders)
        {
            if (!entry.Key.StartsWith("x-", StringComparison.Ordinal))
                continue;
            headers.Add(entry);
            context.ResponseTrailers.Add(entry);
        }

        await context.WriteResponseHeadersAsync(headers);
    }

    private async Task WaitAsync(ByteString key, ServerCallContext context)
    {
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
        }
        finally
        {
            Cancelled(key).TrySetResult();
        }
    }

    private TaskCompletionSource Cancelled(ByteString key) =>
        _cancelled.GetOrAdd(key, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
