using Grpc.Core;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Network;

/// <summary>One request, one reply.</summary>
internal sealed class SimulatedUnaryCall<TRequest, TResponse>(
    SimulatedNetwork network,
    Machine machine,
    VirtualProcess client,
    string url,
    Method<TRequest, TResponse> method,
    CallOptions options,
    TRequest request
) : SimulatedCall<TRequest, TResponse>(network, machine, client, url, method, options, request)
    where TRequest : class
    where TResponse : class
{
    private readonly TaskCompletionSource<TResponse> _response = new();

    public Task<TResponse> Response => _response.Task;

    public Status Status() =>
        Response.IsCompletedSuccessfully
            ? Grpc.Core.Status.DefaultSuccess
            : (Response.Exception?.InnerException as RpcException)?.Status ?? new Status(StatusCode.Unknown, "the call has not ended");

    protected override void Fail(RpcException failure)
    {
        _response.TrySetException(failure);
        // Observes the exception: nobody awaits the reply of a call that was given up.
        _ = _response.Task.Exception;
    }

    protected override async Task ServeAsync(SimulatedServer server, TRequest request)
    {
        var process = Server!;
        if (server.Find<UnaryServerMethod<TRequest, TResponse>>(Method) is not { } handler)
        {
            Network.After(ServerMachine, ClientMachine, () => FailClient(StatusCode.Unimplemented, Method.FullName));
            return;
        }

        if (ServerMachine.IsMute && Network.Either())
            return;
        var served = handler(request, Context());
        await served.Ended();
        if (ServerMachine.IsMute)
            return;
        var asked = new MessageInTransit(Client, process, Method.FullName, IsRequest: true, request);
        if (served.Exception?.InnerException is not RpcException refusal)
        {
            var reply = await served;
            Answer(process, Network.TamperReply is { } tamper ? (TResponse)tamper(asked, reply) : reply);
        }
        else if (Network.TamperRefusal?.Invoke(asked, refusal) is TResponse answer)
        {
            Answer(process, answer);
        }
        else
        {
            Network.After(ServerMachine, ClientMachine, () => FailClient(refusal));
        }
    }

    private void Answer(VirtualProcess process, TResponse response)
    {
        if (Network.Drops())
        {
            Network.After(ServerMachine, ClientMachine, () => Break("the connection was lost before the answer came"));
            return;
        }

        var copy = CopyOf(response);
        Network.After(
            ServerMachine,
            ClientMachine,
            () =>
            {
                if (IsOver || Client.IsDead || Network.Pass(process, Client, Method, isRequest: false, copy) is not { } taken)
                    return;
                Client.Post(
                    _ =>
                    {
                        if (Over())
                            _response.TrySetResult(taken);
                    },
                    null
                );
            }
        );
    }
}
