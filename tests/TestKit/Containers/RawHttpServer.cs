using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;

namespace Scheduler.Tests.TestKit.Containers;

/// <summary>A request as <see cref="RawHttpServer"/> received it.</summary>
/// <param name="Headers">By name in lower case.</param>
public sealed record RawRequest(string Path, IReadOnlyDictionary<string, string> Headers)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name);
}

/// <summary>An HTTP server that answers with whatever bytes a test wants, valid or not, and then closes the connection.</summary>
public sealed class RawHttpServer : IAsyncDisposable
{
    private readonly LoopbackServer _server;
    private readonly Func<RawRequest, Stream, CancellationToken, Task> _answer;

    public RawHttpServer(Func<RawRequest, Stream, CancellationToken, Task> answer)
    {
        _answer = answer;
        _server = new LoopbackServer(ServeAsync);
    }

    public int Port => _server.Port;

    public string Host => _server.Host;

    public ConcurrentQueue<RawRequest> Requests { get; } = [];

    /// <summary>Answers with a head and a body.</summary>
    /// <param name="head">Status, and more lines of headers without Content-Length.</param>
    public static async Task WriteAsync(Stream to, string head, ReadOnlyMemory<byte> body = default, long? length = null)
    {
        await to.WriteAsync(
            Encoding.ASCII.GetBytes($"HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: {length ?? body.Length}\r\n\r\n")
        );
        await to.WriteAsync(body);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ServeAsync(TcpClient client, CancellationToken ending)
    {
        var stream = client.GetStream();
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        if (await reader.ReadLineAsync(ending) is not { } first)
            return;
        var headers = new Dictionary<string, string>();
        while (await reader.ReadLineAsync(ending) is { Length: > 0 } line)
            headers[line.Split(':')[0].ToLowerInvariant()] = line[(line.IndexOf(':') + 1)..].Trim();
        var request = new RawRequest(first.Split(' ')[1], headers);
        Requests.Enqueue(request);
        await _answer(request, stream, ending);
        client.Client.Shutdown(SocketShutdown.Send);
    }
}
