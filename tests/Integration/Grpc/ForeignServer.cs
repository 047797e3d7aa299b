using System.Diagnostics;
using System.Globalization;

namespace Scheduler.Tests.Integration.Grpc;

/// <summary>A server of another gRPC implementation, on its own port or socket.</summary>
internal sealed class ForeignServer : IAsyncDisposable
{
    private readonly Process _process;

    private ForeignServer(Process process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    public static async Task<ForeignServer> StartAsync(Language language, string? unix = null, string? certificates = null)
    {
        string[] arguments =
            language == Language.Python
                ? unix is not null
                    ? ["--unix", unix]
                    : certificates is not null
                        ? ["--tls", certificates]
                        : []
                : unix is not null
                    ? ["unix", unix]
                    : certificates is not null
                        ? ["tls", certificates]
                        : ["tcp"];
        var process = await Foreign.StartAsync(language, "server", arguments);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1), TimeProvider.System);
        var line = await process.StandardOutput.ReadLineAsync(limit.Token);
        if (!int.TryParse(line, NumberStyles.Integer, CultureInfo.InvariantCulture, out var port))
            throw new InvalidOperationException(
                $"The server in {language} printed '{line}': {await process.StandardError.ReadToEndAsync(limit.Token)}"
            );
        return new ForeignServer(process, port);
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10), TimeProvider.System);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}

/// <summary>A server shared by all tests of a class.</summary>
public abstract class ForeignServerFixture(Language language) : IAsyncLifetime
{
    private ForeignServer? _server;

    public Language Language => language;

    public string Url => $"http://127.0.0.1:{_server!.Port}";

    public async ValueTask InitializeAsync() => _server = await ForeignServer.StartAsync(language);

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}

public sealed class PythonServer() : ForeignServerFixture(Language.Python);

public sealed class NodeServer() : ForeignServerFixture(Language.Node);
