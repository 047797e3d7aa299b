using Grpc.Core;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Network;

/// <summary>One request and an ordered stream of replies. A slow reader slows down the writer, as with HTTP/2's window.</summary>
internal sealed class SimulatedStreamCall<TRequest, TResponse>(
    SimulatedNetwork network,
    Machine machine,
    VirtualProcess client,
    string url,
    Method<TRequest, TResponse> method,
    CallOptions options,
    TRequest request
)
    : SimulatedCall<TRequest, TResponse>(network, machine, client, url, method, options, request),
        IAsyncStreamReader<TResponse>,
        IServerStreamWriter<TResponse>
    where TRequest : class
    where TResponse : class
{
    // About 64 KiB of small messages.
    private const int Window = 256;

    private readonly Queue<TResponse> _arrived = new();
    private readonly InOrder _order = new();
    private int _unread;
    private TaskCompletionSource? _room;
    private TaskCompletionSource<bool>? _next;
    private CancellationTokenRegistration _left;
    private RpcException? _failure;
    private bool _complete;

    public TResponse Current { get; private set; } = null!;

    public WriteOptions? WriteOptions { get; set; }

    public Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        var next = new TaskCompletionSource<bool>();
        _next = next;
        if (_arrived.Count > 0 || _complete || _failure is not null)
            Wake();
        else
            _left = cancellationToken.UnsafeRegister(static call => ((SimulatedStreamCall<TRequest, TResponse>)call!).Dispose(), this);
        return next.Task;
    }

    public Task WriteAsync(TResponse message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(TResponse message, CancellationToken cancellationToken)
    {
        while (_unread >= Window && !ServerSide.IsCancellationRequested)
        {
            _room ??= new TaskCompletionSource();
            var room = _room;
            using var left = ServerSide.UnsafeRegister(static source => ((TaskCompletionSource)source!).TrySetResult(), room);
            using var stopped = cancellationToken.UnsafeRegister(static source => ((TaskCompletionSource)source!).TrySetResult(), room);
            await room.Task;
            cancellationToken.ThrowIfCancellationRequested();
        }

        if (ServerSide.IsCancellationRequested)
            throw new IOException("the client is gone");
        _unread++;
        var copy = CopyOf(message);
        Deliver(() =>
        {
            if (IsOver || Client.IsDead || Network.Pass(Server!, Client, Method, isRequest: false, copy) is not { } taken)
                return;
            Client.Post(_ => Take(taken), null);
        });
    }

    protected override void Fail(RpcException failure)
    {
        _failure = failure;
        Wake();
    }

    protected override async Task ServeAsync(SimulatedServer server, TRequest request)
    {
        if (server.Find<ServerStreamingServerMethod<TRequest, TResponse>>(Method) is not { } handler)
        {
            Network.After(ServerMachine, ClientMachine, () => FailClient(StatusCode.Unimplemented, Method.FullName));
            return;
        }

        var served = handler(request, this, Context());
        await served.Ended();
        if (served.Failure() is RpcException refusal)
        {
            Deliver(() => FailClient(refusal));
            return;
        }

        await served;
        Deliver(() => Client.Post(_ => Complete(), null));
    }

    private void Deliver(Action deliver)
    {
        var number = _order.Send();
        Network.After(ServerMachine, ClientMachine, () => _order.Arrive(number, deliver));
    }

    private void Take(TResponse message)
    {
        if (IsOver)
            return;
        _arrived.Enqueue(message);
        Wake();
    }

    private void Complete()
    {
        if (!Over())
            return;
        _complete = true;
        Wake();
    }

    // Hands the next item to a waiting reader. A failure is set, not thrown: it has to pass through several layers.
    private void Wake()
    {
        if (_next is not { } next)
            return;
        _next = null;
        _left.Dispose();
        if (_arrived.TryDequeue(out var message))
        {
            Current = message;
            _unread--;
            if (_unread == Window / 2)
                Network.After(ClientMachine, ServerMachine, OpenWindow);
            next.SetResult(true);
        }
        else if (_failure is { } failure)
        {
            next.SetException(failure);
        }
        else
        {
            next.SetResult(false);
        }
    }

    private void OpenWindow()
    {
        if (Server is not { IsDead: false } server)
            return;
        server.Post(
            _ =>
            {
                var room = _room;
                _room = null;
                room?.TrySetResult();
            },
            null
        );
    }
}
