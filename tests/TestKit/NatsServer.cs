using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.TestKit;

/// <summary>
/// A real nats-server for one test on a free loopback port. Requires the program nats-server (Debian: nats-server) and fails with a clear
/// error without it.
/// </summary>
public sealed class NatsServer : IAsyncDisposable
{
    private readonly string[] _arguments;
    private readonly string _directory = Directory.CreateTempSubdirectory("nats-").FullName;
    private readonly string _userInfo;
    private Process? _process;

    private NatsServer(string[] arguments, string userInfo)
    {
        (_arguments, _userInfo) = (arguments, userInfo);
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    /// <summary>The port, which stays the same across restarts.</summary>
    public int Port { get; private set; }

    /// <summary>The URL for clients, with user and password if required.</summary>
    public Uri Url => new($"nats://{(_userInfo.Length > 0 ? _userInfo + "@" : "")}127.0.0.1:{Port}");

    private int ClusterPort { get; init; }

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>The server's log so far.</summary>
    public string Log => File.Exists(LogPath) ? ReadShared(LogPath) : "";

    private string LogPath => Path.Combine(_directory, "log");

    /// <summary>Starts a server without authentication.</summary>
    public static Task<NatsServer> StartNewAsync() => StartNewAsync([], "");

    /// <summary>Starts a server that requires a user and a password.</summary>
    public static Task<NatsServer> StartNewAsync(string user, string password) =>
        StartNewAsync(["--user", user, "--pass", password], $"{user}:{password}");

    /// <summary>Starts a server that requires TLS with a client certificate.</summary>
    /// <param name="certificateDirectory">Contains ca.pem, server-cert.pem and server-key.pem.</param>
    public static Task<NatsServer> StartNewWithTlsAsync(string certificateDirectory) =>
        StartNewAsync(
            [
                "--tlsverify",
                "--tlscacert",
                Path.Combine(certificateDirectory, "ca.pem"),
                "--tlscert",
                Path.Combine(certificateDirectory, "server-cert.pem"),
                "--tlskey",
                Path.Combine(certificateDirectory, "server-key.pem"),
            ],
            ""
        );

    /// <summary>Starts a server that advertises the other servers of its cluster to its clients.</summary>
    /// <param name="others">The servers whose cluster it joins.</param>
    public static Task<NatsServer> StartNewInClusterAsync(params NatsServer[] others)
    {
        var port = FreePort();
        string[] join =
            others.Length == 0 ? [] : ["--routes", string.Join(',', others.Select(other => $"nats://127.0.0.1:{other.ClusterPort}"))];
        return StartNewAsync(["--cluster_name", "test", "--cluster", $"nats://127.0.0.1:{port}", .. join], "", port);
    }

    /// <summary>The line that the server sends to each new client.</summary>
    public async Task<string> GreetingAsync()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadLineAsync() ?? "";
    }

    /// <summary>Restarts the server on its port, after <see cref="StopAsync"/> or <see cref="KillAsync"/>.</summary>
    public async Task StartAsync()
    {
        if (IsRunning)
            throw new InvalidOperationException("The server is running.");
        // Another process may take a free port between the check and the bind; only the first start may choose another one.
        var mayMove = Port == 0;
        for (var attempt = 1; ; attempt++)
        {
            if (mayMove)
                Port = FreePort();
            _process?.Dispose();
            _process = Launch();
            if (await BecomesReadyAsync())
                return;
            if (!mayMove || attempt == 5 || !Log.Contains("address already in use", StringComparison.OrdinalIgnoreCase))
                throw new InvalidOperationException($"nats-server exited with code {_process.ExitCode} before it was ready:\n{Log}");
        }
    }

    /// <summary>Shuts the server down cleanly.</summary>
    public async Task StopAsync()
    {
        await SignalAsync("-TERM");
        await Running(orGone: true).WaitForExitAsync();
    }

    /// <summary>Freezes the server; its connections stay open.</summary>
    public Task FreezeAsync() => SignalAsync("-STOP");

    /// <summary>Kills the server at once, like a crash.</summary>
    public async Task KillAsync()
    {
        var process = Running();
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        if (IsRunning)
            await KillAsync();
        _process?.Dispose();
        _process = null;
        Directory.Delete(_directory, recursive: true);
    }

    private static async Task<NatsServer> StartNewAsync(string[] arguments, string userInfo, int clusterPort = 0)
    {
        var server = new NatsServer(arguments, userInfo) { ClusterPort = clusterPort };
        try
        {
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("/bin/kill", [signal, Running().Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    private Process Launch()
    {
        var start = new ProcessStartInfo(Find("nats-server")) { UseShellExecute = false };
        string[] arguments = ["--addr", "127.0.0.1", "--port", $"{Port}", "--log", LogPath, .. _arguments];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start) ?? throw new InvalidOperationException("nats-server did not start.");
    }

    // The server first sends INFO, even if TLS follows.
    private async Task<bool> BecomesReadyAsync()
    {
        using var deadline = new CancellationTokenSource(Wait.Patience, TimeProvider.System);
        while (IsRunning)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, Port, deadline.Token);
                var word = new byte[4];
                await client.GetStream().ReadExactlyAsync(word, deadline.Token);
                if (word.AsSpan().SequenceEqual("INFO"u8))
                    return IsRunning;
            }
            catch (Exception failure) when (failure is SocketException or IOException)
            {
                // The server does not listen yet.
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"nats-server was not ready within {Wait.Patience}:\n{Log}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        return false;
    }

    private Process Running(bool orGone = false) =>
        orGone || IsRunning ? _process! : throw new InvalidOperationException("The server is not running.");

    private static string ReadShared(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }

    private static string Find(string program)
    {
        // It is in sbin, which is not on an ordinary user's PATH.
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        foreach (var folder in folders.Concat(["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"]))
        {
            var path = Path.Combine(folder, program);
            if (File.Exists(path))
                return path;
        }

        throw new InvalidOperationException($"The test needs the program {program} (Debian: apt-get install nats-server).");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void OnProcessExit(object? sender, EventArgs e)
    {
        // Leave no server behind if a test run ends without disposing.
        if (IsRunning)
            _process!.Kill();
        if (Directory.Exists(_directory))
            Directory.Delete(_directory, recursive: true);
    }
}
