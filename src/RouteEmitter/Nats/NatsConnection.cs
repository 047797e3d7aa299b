using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text.Json;

namespace Scheduler.RouteEmitter.Nats;

/// <summary>
/// One connection to one server, from greeting to loss. Writers go through a pipe whose size bounds what is pending; a
/// separate loop carries it to the socket in as large pieces as there are.
/// </summary>
internal sealed class NatsConnection : IAsyncDisposable
{
    // The reader is replaced when the stream is upgraded to TLS, and must not close what lies below.
    private static readonly StreamPipeReaderOptions LeaveOpen = new(leaveOpen: true);

    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Pipe _pending;
    private readonly NatsOptions _options;
    private readonly TimeProvider _time;
    private readonly Socket _socket;
    private Stream _stream;
    private PipeReader _input;
    private int _pingsOut;

    private NatsConnection(Socket socket, NatsOptions options, TimeProvider time)
    {
        (_socket, _options, _time) = (socket, options, time);
        _stream = new NetworkStream(socket, ownsSocket: true);
        _input = PipeReader.Create(_stream, LeaveOpen);
        _pending = new Pipe(new PipeOptions(
            pauseWriterThreshold: options.MaxPendingBytes,
            resumeWriterThreshold: options.MaxPendingBytes / 2,
            useSynchronizationContext: false));
    }

    /// <summary>Connects, upgrades to TLS where either side wants it, and returns once the server has answered a ping.</summary>
    /// <exception cref="NatsException">The server refused, or does not speak NATS.</exception>
    public static async Task<NatsConnection> OpenAsync(Uri server, NatsOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.ConnectTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        NatsConnection? connection = null;
        try
        {
            await socket.ConnectAsync(server.Host, server.Port > 0 ? server.Port : 4222, both.Token);
            connection = new NatsConnection(socket, options, time);
            await connection.GreetAsync(server, both.Token);
            return connection;
        }
        catch (Exception failure)
        {
            if (connection is not null)
                await connection.DisposeAsync();
            socket.Dispose();
            if (failure is OperationCanceledException && limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
                throw new NatsException($"no answer within {options.ConnectTimeout.TotalSeconds} s", failure);
            throw;
        }
    }

    /// <summary>Reads and writes until the connection is lost or the caller cancels.</summary>
    /// <param name="received">Called for each message; the next is read when it returns.</param>
    /// <param name="cancellationToken">Ends the connection.</param>
    /// <exception cref="NatsException">The server ended the connection or broke the protocol.</exception>
    public async Task RunAsync(Func<NatsFrame, CancellationToken, ValueTask> received, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] loops = [ReadLoopAsync(received, stop.Token), WriteLoopAsync(stop.Token), PingLoopAsync(stop.Token)];
        var first = await Task.WhenAny(loops);
        await stop.CancelAsync();
        // Writers that wait for room must not wait for a connection that is gone.
        await _pending.Reader.CompleteAsync();
        await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }

    /// <summary>Queues one publication; waits while too much is pending.</summary>
    /// <returns>False when the connection is gone.</returns>
    public async ValueTask<bool> PublishAsync(string subject, string? replyTo, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            NatsWriter.Publish(_pending.Writer, subject, replyTo, payload.Span);
            var flushed = await _pending.Writer.FlushAsync(cancellationToken);
            return !flushed.IsCompleted;
        }
        finally
        {
            _writing.Release();
        }
    }

    public ValueTask SubscribeAsync(string subject, int id, CancellationToken cancellationToken) =>
        SendAsync(writer => NatsWriter.Subscribe(writer, subject, id), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _input.CompleteAsync();
        await _stream.DisposeAsync();
        _socket.Dispose();
    }

    private async Task GreetAsync(Uri server, CancellationToken cancellationToken)
    {
        var info = await ExpectInfoAsync(cancellationToken);
        var wantsTls = server.Scheme is "tls" || _options.CaFile is not null || _options.CertificateFile is not null;
        if (wantsTls && !info.TlsRequired && !info.TlsAvailable)
            throw new NatsException("the server does not offer TLS");
        if (wantsTls || info.TlsRequired)
        {
            // The server sends nothing between its INFO and the handshake, so no byte is lost with the old reader.
            await _input.CompleteAsync();
            _stream = await NatsTls.AuthenticateAsync(_stream, server.Host, _options, cancellationToken);
            _input = PipeReader.Create(_stream, LeaveOpen);
        }

        var hello = new ArrayBufferWriter<byte>();
        NatsWriter.Connect(hello, JsonSerializer.SerializeToUtf8Bytes(Introduction(server, wantsTls || info.TlsRequired), NatsJsonContext.Default.NatsConnect));
        NatsWriter.Ping(hello);
        await _stream.WriteAsync(hello.WrittenMemory, cancellationToken);
        while ((await ReadFrameAsync(cancellationToken)).Kind != NatsFrameKind.Pong)
        {
        }
    }

    private NatsConnect Introduction(Uri server, bool tls)
    {
        var credentials = server.UserInfo.Split(':', 2);
        var user = credentials[0].Length > 0 ? Uri.UnescapeDataString(credentials[0]) : _options.User;
        var password = credentials.Length > 1 ? Uri.UnescapeDataString(credentials[1]) : _options.Password;
        return new NatsConnect(false, false, tls, _options.ClientName, "csharp", "1.0.0", 1, false, user, password);
    }

    private async ValueTask<NatsServerInfo> ExpectInfoAsync(CancellationToken cancellationToken)
    {
        var frame = await ReadFrameAsync(cancellationToken);
        if (frame.Kind != NatsFrameKind.Info)
            throw new NatsException($"the server began with {frame.Kind}, not INFO");
        try
        {
            return JsonSerializer.Deserialize(frame.Text, NatsJsonContext.Default.NatsServerInfo) ?? throw new NatsException("the server's INFO is empty");
        }
        catch (JsonException failure)
        {
            throw new NatsException("the server's INFO is not JSON", failure);
        }
    }

    // The next frame, with the server's refusals as exceptions.
    private async ValueTask<NatsFrame> ReadFrameAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await _input.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            var isFrame = NatsParser.TryRead(ref buffer, out var frame);
            _input.AdvanceTo(buffer.Start, isFrame ? buffer.Start : buffer.End);
            if (isFrame && frame.Kind == NatsFrameKind.Error)
                throw new NatsException($"the server says: {frame.Text}");
            if (isFrame)
                return frame;
            if (read.IsCompleted)
                throw new NatsException("the server closed the connection");
        }
    }

    private async Task ReadLoopAsync(Func<NatsFrame, CancellationToken, ValueTask> received, CancellationToken cancellationToken)
    {
        while (true)
        {
            var frame = await ReadFrameAsync(cancellationToken);
            switch (frame.Kind)
            {
                case NatsFrameKind.Ping:
                    await SendAsync(NatsWriter.Pong, cancellationToken);
                    break;
                case NatsFrameKind.Pong:
                    Volatile.Write(ref _pingsOut, 0);
                    break;
                case NatsFrameKind.Message:
                    await received(frame, cancellationToken);
                    break;
                default:
                    break;
            }
        }
    }

    private async Task WriteLoopAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await _pending.Reader.ReadAsync(cancellationToken);
            foreach (var piece in read.Buffer)
                await _stream.WriteAsync(piece, cancellationToken);
            _pending.Reader.AdvanceTo(read.Buffer.End);
        }
    }

    private async Task PingLoopAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(_options.PingInterval, _time, cancellationToken);
            if (Interlocked.Increment(ref _pingsOut) > _options.MaxPingsOut)
                throw new NatsException($"{_options.MaxPingsOut} pings were not answered");
            await SendAsync(NatsWriter.Ping, cancellationToken);
        }
    }

    private async ValueTask SendAsync(Action<IBufferWriter<byte>> write, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            write(_pending.Writer);
            await _pending.Writer.FlushAsync(cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }
}
