using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.TestKit.MariaDb;

/// <summary>
/// A real mariadbd for one test: loopback only, on a free port, with its data in a temporary directory that is removed with it. Requires
/// the programs mariadb-install-db and mariadbd (Debian: mariadb-server) and fails with a clear error without them.
/// </summary>
public sealed class MariaDbServer : IAsyncDisposable
{
    private readonly MariaDbServerOptions _options;
    private readonly string _directory;
    private Process? _process;

    private MariaDbServer(MariaDbServerOptions options)
    {
        _options = options;
        // Short, because the path of a Unix socket has 107 characters at most.
        _directory = Directory.CreateTempSubdirectory("mariadb-").FullName;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    public string Host => "127.0.0.1";

    /// <summary>The port, which stays the same across restarts.</summary>
    public int Port { get; private set; }

    public string User => "scheduler";

    public string Password => "scheduler-test";

    public string Database => _options.Database;

    /// <summary>Path of the server's Unix socket.</summary>
    public string UnixSocket => Path.Combine(_directory, "s");

    /// <summary>The directory of ca.pem, client-cert.pem, client-key.pem and the server's own certificate, if it serves TLS.</summary>
    public string CertificateDirectory => _directory;

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>The server's error log so far.</summary>
    public string Log => MariaDbPrograms.ReadShared(LogPath);

    /// <summary>
    /// Server, port, user, password and database in MySqlConnector's keywords, with TLS off unless the server has it. Append what a test
    /// needs.
    /// </summary>
    public string ConnectionString =>
        $"Server={Host};Port={Port};User ID={User};Password={Password};Database={Database};SslMode={(_options.Tls is null ? "None" : "Required")}";

    private string DataDirectory => Path.Combine(_directory, "data");

    /// <summary>Not shared: a starting server deletes all temporary tables that it finds, including those of other servers.</summary>
    private string TemporaryDirectory => Path.Combine(_directory, "tmp");

    private string LogPath => Path.Combine(_directory, "log");

    private string InitPath => Path.Combine(_directory, "init.sql");

    /// <summary>Creates a data directory, starts a server on it and returns once it answers.</summary>
    public static async Task<MariaDbServer> StartNewAsync(
        MariaDbServerOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        var server = new MariaDbServer(options ?? new MariaDbServerOptions());
        try
        {
            await server.InstallAsync(cancellationToken);
            await server.StartAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Restarts the server, on its port and data, after <see cref="StopAsync"/> or <see cref="KillAsync"/>.</summary>
    public async Task StartAsync(CancellationToken cancellationToken = default)
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
            _process = MariaDbPrograms.Start("mariadbd", Arguments(), LogPath);
            if (await BecomesReadyAsync(cancellationToken))
                return;
            if (!mayMove || attempt == 5 || !Log.Contains("Address already in use", StringComparison.Ordinal))
                throw new InvalidOperationException($"mariadbd exited with code {_process.ExitCode} before it was ready:\n{Log}");
        }
    }

    /// <summary>Shuts the server down cleanly: clients are disconnected, and everything committed is on disk.</summary>
    public Task StopAsync(CancellationToken cancellationToken = default) => EndAsync(MariaDbPrograms.SigTerm, cancellationToken);

    /// <summary>Kills the server at once, like a crash.</summary>
    public Task KillAsync(CancellationToken cancellationToken = default) => EndAsync(MariaDbPrograms.SigKill, cancellationToken);

    /// <summary>Freezes the server: connections stay open without replies. <see cref="Resume"/> undoes it.</summary>
    public void Pause()
    {
        var process = Running();
        MariaDbPrograms.Signal(process, MariaDbPrograms.SigStop);
        // At this point the signal is only sent: a thread on another processor may run long enough to answer a statement.
        SpinWait.SpinUntil(() => MariaDbPrograms.IsStopped(process));
    }

    /// <summary>Whether the whole server is frozen.</summary>
    public bool IsPaused => MariaDbPrograms.IsStopped(Running());

    public void Resume() => MariaDbPrograms.Signal(Running(), MariaDbPrograms.SigCont);

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        if (IsRunning)
            await KillAsync();
        _process?.Dispose();
        _process = null;
        if (Directory.Exists(_directory))
            Directory.Delete(_directory, recursive: true);
    }

    private async Task InstallAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(TemporaryDirectory);
        await MariaDbPrograms.RunAsync(
            "mariadb-install-db",
            [
                "--no-defaults",
                .. MariaDbPrograms.UserOption(),
                $"--datadir={DataDirectory}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--skip-name-resolve",
                "--innodb-log-file-size=32M",
                $"--tmpdir={TemporaryDirectory}",
            ],
            Path.Combine(_directory, "install.log"),
            cancellationToken
        );
        _options.Tls?.WriteTo(_directory);
        await File.WriteAllLinesAsync(
            InitPath,
            [
                $"CREATE DATABASE IF NOT EXISTS `{Database}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;",
                $"CREATE USER IF NOT EXISTS '{User}'@'%' IDENTIFIED BY '{Password}';",
                $"GRANT ALL PRIVILEGES ON *.* TO '{User}'@'%' WITH GRANT OPTION;",
                .. _options.InitStatements,
            ],
            cancellationToken
        );
    }

    private List<string> Arguments()
    {
        List<string> arguments =
        [
            "--no-defaults",
            .. MariaDbPrograms.UserOption(),
            $"--datadir={DataDirectory}",
            "--bind-address=127.0.0.1",
            $"--port={Port}",
            $"--socket={UnixSocket}",
            $"--pid-file={Path.Combine(_directory, "pid")}",
            $"--init-file={InitPath}",
            "--skip-name-resolve",
            "--skip-log-bin",
            "--performance-schema=OFF",
            "--character-set-server=utf8mb4",
            "--innodb-buffer-pool-size=64M",
            "--innodb-log-file-size=32M",
            "--innodb-buffer-pool-dump-at-shutdown=OFF",
            $"--innodb-flush-log-at-trx-commit={_options.FlushLogAtCommit}",
            $"--max-connections={_options.MaxConnections}",
            $"--max-allowed-packet={_options.MaxAllowedPacketMb}M",
            $"--tmpdir={TemporaryDirectory}",
        ];
        if (_options.Tls is not null)
            arguments.AddRange(MariaDbTestCertificates.ServerArguments(_directory));
        arguments.AddRange(_options.ExtraArguments);
        return arguments;
    }

    /// <summary>
    /// True once the server greets a client; false if it exits first. It listens some time before it serves, so an accepted connection is
    /// not enough.
    /// </summary>
    private async Task<bool> BecomesReadyAsync(CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Wait.Patience);
        while (IsRunning)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, Port, deadline.Token);
                var header = new byte[5];
                await client.GetStream().ReadExactlyAsync(header, deadline.Token);
                // The fifth byte is the protocol version in a greeting, or 0xff in an error.
                if (header[4] == 10)
                    return IsRunning;
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                // The server does not listen yet.
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"mariadbd was not ready within {Wait.Patience}:\n{Log}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }

        return false;
    }

    private async Task EndAsync(int signal, CancellationToken cancellationToken)
    {
        var process = Running();
        MariaDbPrograms.Signal(process, signal);
        await process.WaitForExitAsync(cancellationToken);
    }

    private Process Running() => IsRunning ? _process! : throw new InvalidOperationException("The server is not running.");

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
