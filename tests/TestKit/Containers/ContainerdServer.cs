using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Scheduler.Rep.Runtime.Linux;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.TestKit.Containers;

/// <summary>A containerd of its own, with its state in a temporary directory. It is not the machine's service, whose state it never sees.</summary>
public sealed class ContainerdServer : IAsyncDisposable
{
    // Neither Kubernetes nor plugins from the machine.
    private const string Configuration = """
        version = 2
        disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt", "io.containerd.tracing.processor.v1.otlp"]
        """;

    private Process? _process;

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("sctd-").FullName;

    public string Address => Path.Combine(Directory, "sock");

    private string State => Path.Combine(Directory, "state");

    /// <summary>Starts it, or starts it again on the same state.</summary>
    public async Task StartAsync()
    {
        var config = Path.Combine(Directory, "config.toml");
        await File.WriteAllTextAsync(config, Configuration);
        var log = Path.Combine(Directory, "log");
        // In the user's runtime directory, its shims would make files; tests name one that does not exist.
        _process =
            Process.Start(
                new ProcessStartInfo(
                    "/bin/sh",
                    [
                        "-c",
                        "unset XDG_RUNTIME_DIR; exec containerd --config \"$1\" --root \"$2\" --state \"$3\" --address \"$4\" >>\"$5\" 2>&1 </dev/null",
                        "sh",
                        config,
                        Path.Combine(Directory, "root"),
                        State,
                        Address,
                        log,
                    ]
                )
            ) ?? throw new InvalidOperationException("sh did not start");
        await Wait.UntilAsync(() =>
            !_process.HasExited ? Answers() : throw new InvalidOperationException($"containerd ended: {File.ReadAllText(log)}")
        );
    }

    /// <summary>Kills it; containers run on.</summary>
    public async Task KillAsync()
    {
        if (_process is not { } process)
            return;
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        _process = null;
    }

    /// <summary>Names of the containers that it has files of.</summary>
    public IReadOnlyList<string> Containers()
    {
        var tasks = Path.Combine(State, "io.containerd.runtime.v2.task");
        return System.IO.Directory.Exists(tasks)
            ?
            [
                .. System
                    .IO.Directory.GetDirectories(tasks)
                    .SelectMany(System.IO.Directory.GetDirectories)
                    .Select(directory => Path.GetFileName(directory)),
            ]
            : [];
    }

    /// <summary>Process ids of its shims.</summary>
    public IReadOnlyList<string> Shims() =>
        [
            .. ProcessIdentity
                .Named(line =>
                    line.Contains("-shim-runc-v2\0", StringComparison.Ordinal) && line.Contains(Address, StringComparison.Ordinal)
                )
                .Select(pid => pid.ToString(CultureInfo.InvariantCulture)),
        ];

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private bool Answers()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(Address));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
