using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Network;

/// <summary>Common part of unary and streaming calls: start, cancellation and connection loss.</summary>
internal abstract class SimulatedCall<TRequest, TResponse> : ISimulatedCall
    where TRequest : class
    where TResponse : class
{
    private readonly long _number;
    private readonly CancellationTokenRegistration _givenUp;
    private readonly Appointment? _deadline;
    private readonly CancellationTokenSource _serverSide = new();
    private bool _arrived;

    protected SimulatedCall(
        SimulatedNetwork network,
        Machine machine,
        VirtualProcess client,
        string url,
        Method<TRequest, TResponse> method,
        CallOptions options,
        TRequest request
    )
    {
        (Network, ClientMachine, Client, Method, Options) = (network, machine, client, method, options);
        var port = network.Find(url);
        ServerMachine = port?.Machine ?? machine;
        Server = port?.Process;
        _number = network.Register(this);
        if (options.Deadline is { } deadline)
        {
            var left = deadline.ToUniversalTime() - client.Time.GetUtcNow().UtcDateTime;
            _deadline = network.World.After(
                left,
                () => client.Post(_ => GiveUp(StatusCode.DeadlineExceeded, "the deadline has passed"), null)
            );
        }

        if (options.CancellationToken.CanBeCanceled)
            _givenUp = options.CancellationToken.UnsafeRegister(
                static call => ((SimulatedCall<TRequest, TResponse>)call!).GiveUp(StatusCode.Cancelled, "the call was cancelled"),
                this
            );
        if (IsOver)
            return;
        if (network.Drops() && network.Either())
            network.After(machine, machine, () => Break("the connection was lost before the request left"));
        else
            Send(url, CopyOf(request));
    }

    public Machine ClientMachine { get; }

    public Machine ServerMachine { get; private set; }

    public VirtualProcess Client { get; }

    public VirtualProcess? Server { get; private set; }

    protected SimulatedNetwork Network { get; }

    protected Method<TRequest, TResponse> Method { get; }

    protected CallOptions Options { get; }

    /// <summary>The client has its reply, or will not get one.</summary>
    protected bool IsOver { get; private set; }

    /// <summary>Cancelled when the client is known to be gone.</summary>
    protected CancellationToken ServerSide => _serverSide.Token;

    public void Break(string why)
    {
        EndServerSide();
        FailClient(StatusCode.Unavailable, why, new HttpRequestException(HttpRequestError.ResponseEnded, why));
    }

    public void ClientGone()
    {
        Over();
        Network.After(ClientMachine, ServerMachine, EndServerSide);
    }

    /// <summary>The client no longer waits for the reply.</summary>
    public void Dispose() => GiveUp(StatusCode.Cancelled, "the call was disposed");

    protected static T CopyOf<T>(T message)
        where T : class => message is IDeepCloneable<T> copyable ? copyable.Clone() : message;

    protected SimulatedCallContext Context() => new(Method.FullName, Client.Name, Options, ServerSide);

    /// <summary>Runs in the server's context.</summary>
    protected abstract Task ServeAsync(SimulatedServer server, TRequest request);

    /// <summary>Runs in the client's context, once.</summary>
    protected abstract void Fail(RpcException failure);

    /// <summary>Removes the call from the network. Returns false if it was removed already.</summary>
    protected bool Over()
    {
        if (IsOver)
            return false;
        IsOver = true;
        Network.Unregister(_number);
        _deadline?.Cancel();
        _givenUp.Unregister();
        return true;
    }

    protected void FailClient(StatusCode code, string why, Exception? debug = null) =>
        Client.Post(
            _ =>
            {
                if (Over())
                    Fail(new RpcException(new Status(code, why, debug)));
            },
            null
        );

    protected void FailClient(RpcException failure) =>
        Client.Post(
            _ =>
            {
                if (Over())
                    Fail(failure);
            },
            null
        );

    private void GiveUp(StatusCode code, string why)
    {
        if (!Over())
            return;
        Network.After(ClientMachine, ServerMachine, EndServerSide);
        Fail(new RpcException(new Status(code, why)));
    }

    private void Send(string url, TRequest request)
    {
        Network.After(ClientMachine, ServerMachine, () => Arrive(url, request));
        // If the link is cut already, there is no connection to lose: none is established.
        if (Network.IsCut(ClientMachine, ServerMachine) || !ServerMachine.IsUp)
            Network.World.After(SimulatedNetwork.KeepAlive, GiveUpUnreachable);
    }

    // A machine that is up again by then knows nothing of the call.
    private void GiveUpUnreachable()
    {
        if (!IsOver && (!_arrived || Network.IsCut(ClientMachine, ServerMachine) || !ServerMachine.IsUp))
            Break("no way to the server");
    }

    private void Arrive(string url, TRequest request)
    {
        // A call given up before its arrival is withdrawn on the same connection.
        if (IsOver)
            return;
        _arrived = true;
        // Another process may listen there by now.
        if (Network.Find(url) is not { } port || port.Process.IsDead)
        {
            Network.After(
                ServerMachine,
                ClientMachine,
                () => FailClient(StatusCode.Unavailable, "connection refused", new SocketException((int)SocketError.ConnectionRefused))
            );
            return;
        }

        (ServerMachine, Server) = (port.Machine, port.Process);
        if (Network.Pass(Client, Server, Method, isRequest: true, request) is not { } taken)
            return;
        var times = Method.Type == MethodType.Unary && Network.Duplicates() ? 2 : 1;
        Deliver(port, taken);
        if (times == 1)
            return;
        Network.After(
            ClientMachine,
            ServerMachine,
            () =>
            {
                // A proxy repeats a message on its connection, which has already released a call that was answered.
                if (!IsOver)
                    Deliver(port, CopyOf(taken));
            }
        );
    }

    private void Deliver(ServedPort port, TRequest request) =>
        port.Process.Start(
            () => ServeAsync(port.Server, request),
            failure =>
            {
                if (failure is not null)
                    FailClient(StatusCode.Internal, failure.Message);
            }
        );

    // A client that gave up may find that the server has died while the cancellation was in transit.
    private void EndServerSide()
    {
        if (Server is { IsDead: false } server)
            server.Post(_ => _serverSide.Cancel(), null);
    }
}
