using System.Net.Sockets;
using Scheduler.Tests.ProgramKit;

namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary><c>scheduler dev</c> as a separate process, on free ports, with a directory that is removed with it.</summary>
internal sealed class DevNode : IAsyncDisposable
{
    private readonly SchedulerProcess _process;
    private readonly string _home;
    private readonly string? _networkNamespace;

    private DevNode(SchedulerProcess process, string home, string? networkNamespace, string url)
    {
        (_process, _home, _networkNamespace, Url) = (process, home, networkNamespace, url);
    }

    /// <summary>The URL of its BBS.</summary>
    public string Url { get; }

    public bool Runs => !_process.HasExited;

    /// <summary>Its output and log so far.</summary>
    public string Log => _process.Log;

    /// <summary>Where the node says that the route <c>web.localhost</c> answers.</summary>
    public async Task<Uri> RouteUrlAsync()
    {
        string[] said = [];
        await Eventually.EqualAsync([true], () => [(said = _process.Log.Split(" answers at ")).Length > 1 && said[1].Contains('\n')]);
        return new Uri(said[1].Split('\n')[0].Split(';')[0]);
    }

    /// <summary>Starts it on this machine.</summary>
    /// <param name="directory">Not below /tmp for real containers: overlay mounts need a disk.</param>
    /// <param name="args">Additional flags, such as <c>--simulated</c>.</param>
    public static Task<DevNode> StartAsync(string directory, params string[] args) => StartOnAsync(null, directory, args);

    /// <inheritdoc cref="StartAsync"/>
    /// <param name="networkNamespace">The machine to run on; null for this one.</param>
    public static async Task<DevNode> StartOnAsync(string? networkNamespace, string directory, params string[] args)
    {
        Directory.CreateDirectory(directory);
        // A predecessor in the same directory logged the same text, and left its socket if it was killed.
        File.Delete(Path.Combine(directory, "dev.log"));
        File.Delete(OpsSocket(directory));
        var process = SchedulerProcess.Start(
            "dev",
            directory,
            networkNamespace,
            [
                "dev",
                "--data",
                Path.Combine(directory, "data"),
                "--listen",
                "127.0.0.1:0",
                "--ops-listen",
                $"unix://{OpsSocket(directory)}",
                .. args,
            ]
        );
        try
        {
            string[] said = [];
            await Eventually.EqualAsync([true], () => [(said = process.Log.Split("BBS at ")).Length > 1 || process.HasExited]);
            if (said.Length < 2)
                throw new InvalidOperationException($"the node did not start: {process.Log}");
            return new DevNode(process, directory, networkNamespace, said[1].Split(',')[0]);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a client command against this node.</summary>
    public Task<CommandRun> RunAsync(params string[] args) =>
        _networkNamespace is null ? CommandRun.Of(ArgumentsOf(args)) : RunThereAsync(ArgumentsOf(args));

    /// <summary>The arguments of a client command, with those that make it talk to this node.</summary>
    public string[] ArgumentsOf(params string[] args)
    {
        var tls = Path.Combine(_home, "data", "tls", "client");
        string[] identity = Url.StartsWith("https", StringComparison.Ordinal)
            ? ["--cert", $"{tls}.crt", "--key", $"{tls}.key", "--ca", Path.Combine(_home, "data", "tls", "ca.crt")]
            : [];
        // Flags must come before "--".
        var dash = Array.IndexOf(args, "--");
        var at = dash < 0 ? args.Length : dash;
        return [.. args[..at], "--bbs", Url, .. identity, .. args[at..]];
    }

    /// <summary>Runs a client command on the node's machine, as a program of its own.</summary>
    private async Task<CommandRun> RunThereAsync(string[] args)
    {
        await using var client = SchedulerProcess.Start($"client-{Guid.NewGuid():N}", _home, _networkNamespace, args);
        var code = await client.WaitAsync();
        return new CommandRun(code, client.Log, "");
    }

    /// <summary>The lines of its <c>/metrics</c>.</summary>
    public async Task<string[]> MetricsAsync()
    {
        using var client = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync });
        return (await client.GetStringAsync("http://ops/metrics")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(OpsSocket(_home)), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
    }

    /// <summary>Where clients of the same user find it.</summary>
    public string RuntimeDirectory => _home;

    /// <summary>The container directory of its cells.</summary>
    public string Cells => Path.Combine(_home, "data", "cells");

    /// <summary>SIGKILL: containers remain, and so does the directory with the node's state.</summary>
    public async Task KillAsync()
    {
        await _process.KillAsync();
        await _process.DisposeAsync();
    }

    /// <summary>Sends SIGTERM and returns the exit code.</summary>
    public Task<int> StopAsync() => _process.StopAsync();

    private static string OpsSocket(string directory) => Path.Combine(directory, "ops.sock");

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await _process.StopAsync();
        await _process.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }
}
