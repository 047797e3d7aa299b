using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Access;

/// <summary>Carries connections to ports of this machine's loopback address to ports in a container.</summary>
/// <param name="say">Told of connections that fail.</param>
internal sealed class PortForwarder(ClientSession session, InstanceName name, InstanceTarget target, Action<string> say)
{
    private const int PieceBytes = 32 << 10;

    private InstanceTarget _target = target;

    /// <exception cref="DomainException">The port of this machine is in use.</exception>
    public static TcpListener Listen(LocalPort port)
    {
        var listener = new TcpListener(IPAddress.Loopback, (int)port.Local);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException failure)
        {
            listener.Dispose();
            throw new DomainException(
                DomainError.Invalid(
                    "PORT",
                    $"{port.Local} of this machine cannot be used: {failure.Message}; another is chosen by 0:{port.Remote}"
                ),
                failure
            );
        }
    }

    /// <summary>Serves connections until cancelled.</summary>
    public async Task ServeAsync(TcpListener listener, uint port, CancellationToken cancellationToken)
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await listener.AcceptSocketAsync(cancellationToken);
                connections.RemoveAll(connection => connection.IsCompleted);
                connections.Add(CarryAsync(socket, port, cancellationToken));
            }
        }
        finally
        {
            await Task.WhenAll(connections).Ended();
        }
    }

    private async Task CarryAsync(Socket socket, uint port, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            socket.NoDelay = true;
            using var call = await OpenAsync(port, ending.Token);
            var outward = SendAsync(socket, call.RequestStream, ending.Token);
            try
            {
                await ReceiveAsync(socket, call.ResponseStream, ending.Token);
                socket.Dispose();
            }
            finally
            {
                ending.Cancel();
                await outward.Ended();
            }
        }
        catch (Exception failure) when (failure is DomainException or SocketException or OperationCanceledException)
        {
            if (failure is DomainException)
                say($"a connection failed: {failure.Message}");
            // A reset says that data is missing, which an ordinary close would not.
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Dispose();
        }
    }

    private async Task<AsyncDuplexStreamingCall<ForwardRequest, ForwardResponse>> OpenAsync(uint port, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenAsync(_target, port, cancellationToken);
        }
        catch (DomainException failure) when (failure.Kind is ErrorKind.ResourceNotFound or ErrorKind.Unavailable)
        {
            // The instance may have been restarted, here or on another cell.
            _target = await InstanceTarget.FindAsync(session, name, cancellationToken);
            return await OpenAsync(_target, port, cancellationToken);
        }
    }

    private async Task<AsyncDuplexStreamingCall<ForwardRequest, ForwardResponse>> OpenAsync(
        InstanceTarget target,
        uint port,
        CancellationToken cancellationToken
    )
    {
        var access = await session.AccessAsync(target.CellId, cancellationToken);
        var call = access.Forward(ClientSession.Endless(cancellationToken));
        try
        {
            var start = new ForwardStart { ContainerGuid = target.ContainerGuid, Port = port };
            await call.RequestStream.WriteAsync(new ForwardRequest { Start = start }, cancellationToken);
            if (await call.ResponseStream.MoveNext(cancellationToken))
                return call;
            throw new DomainError(ErrorKind.Unavailable, "the cell ended the call too early").ToException();
        }
        catch
        {
            call.Dispose();
            throw;
        }
    }

    private static async Task SendAsync(Socket socket, IClientStreamWriter<ForwardRequest> requests, CancellationToken cancellationToken)
    {
        var buffer = new byte[PieceBytes];
        while (await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken) is > 0 and var read)
            await requests.WriteAsync(new ForwardRequest { Data = ByteString.CopyFrom(buffer, 0, read) }, cancellationToken);
        await requests.CompleteAsync();
    }

    private static async Task ReceiveAsync(
        Socket socket,
        IAsyncStreamReader<ForwardResponse> responses,
        CancellationToken cancellationToken
    )
    {
        while (await responses.MoveNext(cancellationToken))
        {
            if (responses.Current.KindCase == ForwardResponse.KindOneofCase.EndOfData)
                socket.Shutdown(SocketShutdown.Send);
            var left = responses.Current.Data.Memory;
            while (!left.IsEmpty)
                left = left[await socket.SendAsync(left, SocketFlags.None, cancellationToken)..];
        }
    }
}
