using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.TestKit.Containers;

/// <summary>
/// A real registry for one test, on a free loopback port. Needs the programs docker-registry and skopeo, from the Debian packages of
/// these names.
/// </summary>
public sealed class RegistryServer : IAsyncDisposable
{
    public const string User = "robot",
        Password = "secret";

    /// <summary>bcrypt of the password, at the lowest cost.</summary>
    private const string Hash = "$2b$04$dhXE4szFtZqT0gyMzVDZ2u1qLrJ.su1BaPJL/VZJVfzo8IIuAgNcC";

    private readonly string _directory = Directory.CreateTempSubdirectory("registry-").FullName;
    private readonly bool _withPassword;
    private Process? _process;

    private RegistryServer(bool withPassword) => _withPassword = withPassword;

    /// <summary>Stays the same when the server is stopped and started again.</summary>
    public int Port { get; } = FreePort();

    public string Host => $"127.0.0.1:{Port}";

    public static async Task<RegistryServer> StartNewAsync(bool withPassword = false)
    {
        var server = new RegistryServer(withPassword);
        await File.WriteAllTextAsync(Path.Combine(server._directory, "htpasswd"), $"{User}:{Hash}\n");
        await File.WriteAllTextAsync(
            Path.Combine(server._directory, "config.yml"),
            $"""
            version: 0.1
            log: {"{"} level: error {"}"}
            storage: {"{"} filesystem: {"{"} rootdirectory: {server._directory}/data {"}"} {"}"}
            http: {"{"} addr: 127.0.0.1:{server.Port} {"}"}
            {(withPassword ? $"auth: {"{"} htpasswd: {"{"} realm: test, path: {server._directory}/htpasswd {"}"} {"}"}" : "")}
            """
        );
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

    public async Task StartAsync()
    {
        _process =
            Process.Start(
                new ProcessStartInfo("docker-registry", ["serve", Path.Combine(_directory, "config.yml")])
                {
                    RedirectStandardError = true,
                    RedirectStandardOutput = true,
                }
            ) ?? throw new InvalidOperationException("docker-registry did not start");
        _process.ErrorDataReceived += static (_, _) => { };
        _process.OutputDataReceived += static (_, _) => { };
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        await Wait.UntilAsync(async () =>
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"docker-registry ended with {_process.ExitCode}");
            return await AnswersAsync();
        });
    }

    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
    }

    /// <summary>Pushes an image from a layout on disk.</summary>
    /// <param name="more">Flags of <c>skopeo copy</c>.</param>
    public async Task PushAsync(string layout, string name, params string[] more)
    {
        string[] credentials = _withPassword ? ["--dest-creds", $"{User}:{Password}"] : [];
        using var skopeo =
            Process.Start(
                new ProcessStartInfo(
                    "skopeo",
                    [
                        "copy",
                        "--quiet",
                        "--insecure-policy",
                        "--dest-tls-verify=false",
                        .. credentials,
                        .. more,
                        $"oci:{layout}",
                        $"docker://{Host}/{name}",
                    ]
                )
                {
                    RedirectStandardError = true,
                }
            ) ?? throw new InvalidOperationException("skopeo did not start");
        var error = await skopeo.StandardError.ReadToEndAsync();
        await skopeo.WaitForExitAsync();
        if (skopeo.ExitCode != 0)
            throw new InvalidOperationException($"skopeo failed: {error}");
    }

    public ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
            Kill();
        _process?.Dispose();
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Asked with a program, which stays in the network namespace of its caller.</summary>
    private async Task<bool> AnswersAsync()
    {
        using var curl =
            Process.Start(
                new ProcessStartInfo("curl", ["--silent", "--output", "/dev/null", "--write-out", "%{http_code}", $"http://{Host}/v2/"])
                {
                    RedirectStandardOutput = true,
                }
            ) ?? throw new InvalidOperationException("curl did not start");
        var status = await curl.StandardOutput.ReadToEndAsync();
        await curl.WaitForExitAsync();
        return status is "200" or "401";
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
