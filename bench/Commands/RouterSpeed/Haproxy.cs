using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Scheduler.Bench.Commands.Parts;

namespace Scheduler.Bench.Commands.RouterSpeed;

/// <summary>A haproxy with one route, as a process of its own with its usual number of threads, until disposed.</summary>
internal sealed class Haproxy : IAsyncDisposable
{
    private readonly string _folder;
    private readonly Process _process;

    private Haproxy(string folder, Process process) => (_folder, _process) = (folder, process);

    /// <param name="port">Of the instance behind it.</param>
    public static async Task<BenchServer> StartAsync(int port, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("haproxy-").FullName;
        var own = SystemUnderTest.FreePort();
        var file = Path.Combine(folder, "haproxy.cfg");
        await File.WriteAllTextAsync(
            file,
            $"""
            defaults
                mode http
                timeout connect 5s
                timeout client 60s
                timeout server 60s
                option forwardfor
                http-reuse always
            frontend front
                bind 127.0.0.1:{own}
                use_backend web if {"{"} req.hdr(host) -i {BenchServers.Host} {"}"}
            backend web
                server one 127.0.0.1:{port}

            """,
            cancellationToken
        );
        var process =
            Process.Start(new ProcessStartInfo("haproxy", ["-q", "-db", "-f", file])) ?? throw new IOException("haproxy did not start");
        var server = new Haproxy(folder, process);
        try
        {
            await ListensAsync(process, own, cancellationToken);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        return new BenchServer(own, server);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task ListensAsync(Process process, int port, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
                return;
            }
            catch (SocketException) when (!process.HasExited)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
            }
        }
    }
}
