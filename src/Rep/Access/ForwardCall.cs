using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Access;

/// <summary>Carries one TCP connection between a port in a container and its caller. Each direction ends by itself.</summary>
internal sealed class ForwardCall(
    Socket socket,
    string target,
    Requests<ForwardRequest> requests,
    Responses<ForwardResponse> responses,
    IdleLimit idle
)
{
    private const int PieceBytes = 64 << 10;

    /// <summary>A container's port answers at once or never: nothing is between it and the cell.</summary>
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(10);

    /// <summary>Connects to the port on the container's loopback address, where all but a few servers listen, or else on its own.</summary>
    /// <param name="target">The port and container, for messages.</param>
    /// <exception cref="DomainException">Nothing listens there.</exception>
    public static async Task<Socket> ConnectAsync(
        ContainerInfo container,
        int port,
        string target,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        if (container.NetworkNamespace is not { } path)
            throw new DomainError(
                ErrorKind.InvalidStateTransition,
                "port forwarding is not supported by this runtime: its containers have no network of their own"
            ).ToException();
        using var timer = new CancellationTokenSource(ConnectLimit, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timer.Token);
        var failure = "";
        foreach (var address in container.Address is { } own ? (IPAddress[])[IPAddress.Loopback, own] : [IPAddress.Loopback])
        {
            try
            {
                return await ContainerSocket.ConnectAsync(path, address, port, limit.Token);
            }
            catch (SocketException refused)
            {
                failure = refused.SocketErrorCode == SocketError.ConnectionRefused ? "nothing listens there" : refused.Message;
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                failure = $"no answer within {ConnectLimit.TotalSeconds} s";
                break;
            }
        }

        throw new DomainError(ErrorKind.InvalidStateTransition, $"{target} cannot be reached: {failure}").ToException();
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await responses.WriteAsync(new ForwardResponse { Opened = new ForwardOpened() }, ending.Token);
        var inward = InwardAsync(ending.Token);
        var outward = OutwardAsync(ending.Token);
        try
        {
            await Waits.EitherAsync(inward, outward, ending.Token);
            await (inward.IsCompleted ? inward : outward);
            await Task.WhenAll(inward, outward);
        }
        catch (SocketException failure)
        {
            throw new DomainError(ErrorKind.ResourceConflict, $"{target} broke the connection: {failure.Message}").ToException();
        }
        finally
        {
            ending.Cancel();
            await Waits.EndAsync(Task.WhenAll(inward, outward));
        }
    }

    private async Task InwardAsync(CancellationToken cancellation)
    {
        while (await requests.NextAsync(cancellation) is { } request)
        {
            if (request.KindCase != ForwardRequest.KindOneofCase.Data)
                throw DomainError.Invalid("request", "must be data after the first").ToException();
            var left = request.Data.Memory;
            while (!left.IsEmpty)
                left = left[await socket.SendAsync(left, SocketFlags.None, cancellation)..];
            idle.Touch();
        }

        socket.Shutdown(SocketShutdown.Send);
    }

    private async Task OutwardAsync(CancellationToken cancellation)
    {
        var buffer = new byte[PieceBytes];
        while (await socket.ReceiveAsync(buffer, SocketFlags.None, cancellation) is > 0 and var read)
        {
            await responses.WriteAsync(new ForwardResponse { Data = ByteString.CopyFrom(buffer, 0, read) }, cancellation);
            idle.Touch();
        }

        await responses.WriteAsync(new ForwardResponse { EndOfData = true }, cancellation);
    }
}
