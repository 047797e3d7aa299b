using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Scheduler.Tests.TestKit.Containers;

/// <summary>A request as it arrived. Header names are in lower case.</summary>
public sealed record ScriptedRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name);
}

/// <summary>An answer, which need not be honest.</summary>
public sealed record ScriptedReply(int Status, byte[] Body)
{
    public ScriptedReply(int status, string body = "")
        : this(status, Encoding.UTF8.GetBytes(body)) { }

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Null: the length of the body; negative: none is announced.</summary>
    public long? Announced { get; init; }

    /// <summary>Repeats the body until the client hangs up.</summary>
    public bool Endless { get; init; }

    /// <summary>Sends the head and half of the body, then waits for this before the rest.</summary>
    public Task? Before { get; init; }

    public ScriptedReply With(string header, string value) =>
        this with
        {
            Headers = new Dictionary<string, string>(Headers) { [header] = value },
        };
}

/// <summary>An HTTP server on a loopback port that answers as its test says, one request per connection.</summary>
public sealed class ScriptedServer : IAsyncDisposable
{
    private readonly LoopbackServer _server;
    private readonly Func<ScriptedRequest, ScriptedReply> _answer;
    private readonly X509Certificate2? _certificate;
    private readonly ConcurrentQueue<ScriptedRequest> _requests = [];

    /// <param name="certificate">Null: plain HTTP.</param>
    public ScriptedServer(Func<ScriptedRequest, ScriptedReply> answer, X509Certificate2? certificate = null)
    {
        (_answer, _certificate) = (answer, certificate);
        _server = new LoopbackServer(ServeAsync);
    }

    public IReadOnlyList<ScriptedRequest> Requests => [.. _requests];

    /// <summary>Whether the last client showed a certificate, and its subject.</summary>
    public string? ClientSubject { get; private set; }

    public string Authority => _server.Host;

    public string Url(string path) => $"{(_certificate is null ? "http" : "https")}://{Authority}{path}";

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ServeAsync(TcpClient client, CancellationToken ending)
    {
        await using var stream = await OpenAsync(client, ending);
        if (await ReadAsync(stream, ending) is not { } request)
            return;
        _requests.Enqueue(request);
        await WriteAsync(stream, _answer(request), ending);
        client.Client.Shutdown(SocketShutdown.Send);
    }

    private async Task<Stream> OpenAsync(TcpClient client, CancellationToken ending)
    {
        if (_certificate is null)
            return client.GetStream();
        var secure = new SslStream(client.GetStream());
        await secure.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificate = _certificate,
                ClientCertificateRequired = true,
                RemoteCertificateValidationCallback = (_, peer, _, _) =>
                {
                    ClientSubject = peer?.Subject;
                    return true;
                },
            },
            ending
        );
        return secure;
    }

    private async Task<ScriptedRequest?> ReadAsync(Stream stream, CancellationToken ending)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (!Encoding.Latin1.GetString([.. head.TakeLast(4)]).Equals("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, ending) == 0)
                return null;
            head.Add(one[0]);
        }

        var lines = Encoding.Latin1.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0].ToLowerInvariant(), pair => pair[1]);
        var body = new byte[int.Parse(headers.GetValueOrDefault("content-length") ?? "0")];
        await stream.ReadExactlyAsync(body, ending);
        var words = lines[0].Split(' ');
        return new ScriptedRequest(words[0], words[1], headers, body);
    }

    private async Task WriteAsync(Stream stream, ScriptedReply reply, CancellationToken ending)
    {
        var head = new StringBuilder($"HTTP/1.1 {reply.Status} Scripted\r\nConnection: close\r\n");
        if (reply.Status != 304 && (reply.Announced ?? reply.Body.Length) is >= 0 and var length)
            head.Append($"Content-Length: {length}\r\n");
        foreach (var (name, value) in reply.Headers)
            head.Append($"{name}: {value}\r\n");
        await stream.WriteAsync(Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()), ending);
        if (reply.Status == 304)
            return;
        var first = reply.Before is null ? reply.Body.Length : reply.Body.Length / 2;
        await stream.WriteAsync(reply.Body.AsMemory(0, first), ending);
        if (reply.Before is { } before)
            await before.WaitAsync(ending);
        await stream.WriteAsync(reply.Body.AsMemory(first), ending);
        while (reply.Endless)
            await stream.WriteAsync(reply.Body, ending);
    }
}
