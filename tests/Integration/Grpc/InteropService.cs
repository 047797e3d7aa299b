using System.Collections.Concurrent;
using Google.Protobuf;
using Grpc.Core;
using Scheduler.Hosting.Ops;
using Scheduler.Models;
using Scheduler.Tests.Integration.Grpc.Contract;

namespace Scheduler.Tests.Integration.Grpc;

/// <summary>Serves the contract of the interoperation tests; the Python and JavaScript servers do the same.</summary>
internal sealed class InteropService(Readiness readiness) : Interop.InteropBase
{
    private readonly ConcurrentDictionary<ByteString, TaskCompletionSource> _signals = [];
    private readonly TaskCompletionSource _met = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _meeting;
    private int _written;
    private int _waiting;

    /// <summary>The error of a failing call; clients must receive every part of it.</summary>
    public static DomainError Failure { get; } =
        new(ErrorKind.ResourceNotFound, "nicht gefunden: ü 100%")
        {
            Violations = [new FieldViolation("lrp.memory_mb", "must be at least 0")],
        };

    public int Written => Volatile.Read(ref _written);

    /// <summary>Number of calls that are waiting for the signal.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public override async Task<Message> Unary(Message request, ServerCallContext context)
    {
        switch (request.Text)
        {
            case "fail":
                throw Failure.ToException();
            case "crash":
                throw new InvalidOperationException("a secret");
            case "headers":
                await EchoMetadataAsync(context);
                return request;
            case "wait":
                await WaitAsync(request.Data, context);
                return request;
            case "signalled":
                Interlocked.Increment(ref _waiting);
                await Signal(request.Data).Task.WaitAsync(context.CancellationToken);
                return request;
            case "size":
                return new Message { Data = ByteString.CopyFrom(new byte[request.Number]) };
            case "timeout":
                return new Message { Number = (int)(context.Deadline - DateTime.UtcNow).TotalMilliseconds };
            case "encoding":
                return new Message { Text = context.GetHttpContext().Request.Headers["grpc-encoding"].ToString() };
            case "meet":
                if (Interlocked.Increment(ref _meeting) == request.Number)
                    _met.SetResult();
                await _met.Task.WaitAsync(context.CancellationToken);
                return request;
            case "busy":
                readiness.WaitFor("test", "a test wants it so");
                return request;
            case "ready":
                readiness.Done("test");
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

    public override async Task Both(
        IAsyncStreamReader<Message> requestStream,
        IServerStreamWriter<Message> responseStream,
        ServerCallContext context
    )
    {
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
            await responseStream.WriteAsync(request);
    }

    /// <summary>Ends the calls that wait for the signal.</summary>
    public void Give(string signal) => Signal(ByteString.CopyFromUtf8(signal)).TrySetResult();

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

    /// <summary>Runs until the client is gone, and then signals that.</summary>
    private async Task WaitAsync(ByteString key, ServerCallContext context)
    {
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
        }
        finally
        {
            Signal(key).TrySetResult();
        }
    }

    private TaskCompletionSource Signal(ByteString key) =>
        _signals.GetOrAdd(key, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
