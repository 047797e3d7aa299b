using System.Diagnostics;

namespace Scheduler.Tests.TestKit.Containers;

/// <summary>
/// The network outside a cell's machine: a network namespace with an address that the machine has a route to, and servers in it.
/// </summary>
public sealed class TestWorld : IAsyncDisposable
{
    /// <summary>On a separate network, on which the machine has <see cref="MachineAddress"/>.</summary>
    public const string Address = "198.51.100.2";

    public const string MachineAddress = "198.51.100.1";

    private readonly List<Process> _servers = [];
    private readonly string _name = $"scw-{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..8]}";

    private TestWorld() { }

    public static async Task<TestWorld> CreateAsync(TestNetworkNamespace machine)
    {
        var world = new TestWorld();
        await RunAsync("ip", "netns", "add", world._name);
        await RunAsync("ip", "-n", machine.Name, "link", "add", "world0", "type", "veth", "peer", "name", "eth0", "netns", world._name);
        await RunAsync("ip", "-n", machine.Name, "addr", "add", $"{MachineAddress}/24", "dev", "world0");
        await RunAsync("ip", "-n", machine.Name, "link", "set", "world0", "up");
        await RunAsync("ip", "-n", machine.Name, "route", "add", "default", "via", Address);
        await RunAsync("ip", "-n", world._name, "link", "set", "lo", "up");
        await RunAsync("ip", "-n", world._name, "addr", "add", $"{Address}/24", "dev", "eth0");
        // The address of the clouds' metadata services.
        await RunAsync("ip", "-n", world._name, "addr", "add", "169.254.169.254/32", "dev", "lo");
        await RunAsync("ip", "-n", world._name, "link", "set", "eth0", "up");
        await RunAsync("ip", "-n", world._name, "route", "add", "default", "via", MachineAddress);
        return world;
    }

    /// <summary>Starts a program in the world and returns once it listens.</summary>
    public async Task ListenAsync(int port, params string[] command) =>
        _servers.Add(await StartAsync(["ip", "netns", "exec", _name], port, command));

    /// <summary>Starts a program and returns once it listens. The caller ends it.</summary>
    /// <param name="enter">The command that runs a program in the network namespace, such as <c>ip netns exec NAME</c>.</param>
    public static async Task<Process> StartAsync(string[] enter, int port, params string[] command)
    {
        var server =
            Process.Start(new ProcessStartInfo(enter[0], [.. enter[1..], .. command])) ?? throw new InvalidOperationException(command[0]);
        while (!(await RunAsync([.. enter, "ss", "-Hlntu", $"sport = :{port}"])).Contains($":{port}", StringComparison.Ordinal))
        {
            if (server.HasExited)
                throw new InvalidOperationException($"{string.Join(' ', command)} ended with {server.ExitCode}");
            await Task.Delay(20);
        }

        return server;
    }

    /// <summary>Runs a program in the world and returns its output.</summary>
    public Task<string> AskAsync(params string[] command) => RunAsync(["ip", "netns", "exec", _name, .. command]);

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync();
            server.Dispose();
        }

        await RunAsync("ip", "netns", "delete", _name);
    }

    /// <summary>Runs a program to its end. Throws if it fails.</summary>
    public static async Task<string> RunAsync(params string[] command)
    {
        var (program, arguments) = (command[0], command[1..]);
        using var process =
            Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new InvalidOperationException(program);
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {await error}");
    }
}
