using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Scheduler.Tests.TestKit.Hostile;

/// <summary>A connection on which a test sends valid and invalid HTTP/2, frame by frame.</summary>
public sealed class RawHttp2 : IAsyncDisposable
{
    public const byte Headers = 0x1;
    public const byte ResetStream = 0x3;
    public const byte Settings = 0x4;
    public const byte Ping = 0x6;
    public const byte Continuation = 0x9;
    public const byte EndStream = 0x1;
    public const byte EndHeaders = 0x4;

    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private Task _reading = Task.CompletedTask;

    private RawHttp2(Socket socket) => (_socket, _stream) = (socket, new NetworkStream(socket));

    /// <summary>Connects without sending anything.</summary>
    public static async Task<RawHttp2> ConnectAsync(string url)
    {
        var uri = new Uri(url);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(uri.Host, uri.Port);
            return new RawHttp2(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects, sends the HTTP/2 preface, and discards what the server sends.</summary>
    public static async Task<RawHttp2> GreetAsync(string url)
    {
        var connection = await ConnectAsync(url);
        byte[] greeting = [.. Preface, .. Frame(Settings, 0, 0, [])];
        await connection.WriteAsync(greeting);
        connection._reading = connection.ReadToEndAsync();
        return connection;
    }

    /// <summary>For a connection from <see cref="GreetAsync"/>: whether the server has closed it.</summary>
    public bool HasEnded => _reading.IsCompleted;

    /// <summary>Completes when the server has closed the connection in any way.</summary>
    public async Task EndedAsync(TimeSpan patience)
    {
        if (_reading.IsCompleted && _reading == Task.CompletedTask)
            _reading = ReadToEndAsync();
        await _reading.WaitAsync(patience);
    }

    /// <returns>False when the server has closed the connection.</returns>
    public async Task<bool> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        try
        {
            await _stream.WriteAsync(bytes, cancellationToken);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public static byte[] Frame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(0), payload.Length << 8);
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsSpan(9));
        return frame;
    }

    /// <summary>The headers of a call, each as a literal that is not added to the table.</summary>
    public static byte[] CallHeaders(string path) =>
        [
            .. Header(":method", "POST"),
            .. Header(":scheme", "http"),
            .. Header(":path", path),
            .. Header(":authority", "localhost"),
            .. Header("content-type", "application/grpc"),
            .. Header("te", "trailers"),
        ];

    public static byte[] Header(string name, string value) =>
        [0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];

    public async ValueTask DisposeAsync()
    {
        // Abort instead of closing gracefully: unread data does not matter.
        _socket.LingerState = new LingerOption(true, 0);
        await _stream.DisposeAsync();
        _socket.Dispose();
        await _reading;
    }

    private async Task ReadToEndAsync()
    {
        var buffer = new byte[16_384];
        try
        {
            while (await _stream.ReadAsync(buffer) > 0) { }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Reset by the server or closed by the test: a normal end.
        }
    }
}
