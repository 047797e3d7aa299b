using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Scheduler.Tests.EndToEnd.Cluster;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd;

/// <summary>The program as a process of its own, with its streams, its terminal and its signals, at a real instance.</summary>
public sealed class AccessTests
{
    [Fact]
    public async Task The_program_passes_streams_keys_signals_and_connections_on()
    {
        var home = $"/var/lib/scheduler/e2e-{Guid.NewGuid():N}";
        await using var node = await DevNode.StartAsync(home, "--cells", "1");
        var created = await node.RunAsync(
            "lrp",
            "create",
            "web",
            "--image",
            "busybox",
            "--wait",
            "--",
            "sh",
            "-c",
            "nc -ll -p 9000 -e cat & while :; do sleep 1000; done"
        );
        Assert.True(created.ExitCode == 0, created.Error);

        await Task.WhenAll(InputAsync(node), InterruptAsync(node), KillAsync(node), TerminalAsync(node, home), ForwardAsync(node));
    }

    private static async Task InputAsync(DevNode node)
    {
        using var exec = Start(node, "exec", "web/0", "-i", "--", "sh", "-c", "wc -c; exit 7");
        await exec.Input.WriteAsync(new byte[1_000_000]);
        exec.EndInput();
        Assert.Equal("1000000", await exec.LineAsync());
        Assert.Equal(7, await exec.ExitAsync());
    }

    private static async Task InterruptAsync(DevNode node)
    {
        using var exec = Start(
            node,
            "exec",
            "web/0",
            "--",
            "sh",
            "-c",
            "trap 'echo got it; exit 5' INT; echo ready; while :; do sleep 0.05; done"
        );
        Assert.Equal("ready", await exec.LineAsync());
        await exec.SignalAsync("INT");
        Assert.Equal("got it", await exec.LineAsync());
        Assert.Equal(5, await exec.ExitAsync());
    }

    private static async Task KillAsync(DevNode node)
    {
        using var exec = Start(node, "exec", "web/0", "--", "sh", "-c", "setsid sleep 86431 & echo ready; exec sleep 86432");
        Assert.Equal("ready", await exec.LineAsync());
        await Wait.UntilAsync(async () => await SleepersAsync() == 2);
        await exec.SignalAsync("KILL");
        await Wait.UntilAsync(async () => await SleepersAsync() == 0);
    }

    /// <summary>A terminal of this machine around the program: its size reaches the command, and its mode is as before afterwards.</summary>
    private static async Task TerminalAsync(DevNode node, string home)
    {
        var program = string.Join(' ', node.ArgumentsOf("exec", "web/0", "-it", "--", "sh").Select(word => $"'{word}'"));
        var script = Path.Combine(home, "at-terminal");
        await File.WriteAllTextAsync(
            script,
            $"stty rows 41 cols 123; stty -a > {home}/before; dotnet {SchedulerProcess.Program} {program}; echo code=$?; stty -a > {home}/after\n"
        );
        using var terminal = Process.Start(
            new ProcessStartInfo("script", ["-qec", $"sh {script}", "/dev/null"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        )!;
        await terminal.StandardInput.WriteAsync("stty size; tty; exit 9\n");
        await terminal.StandardInput.FlushAsync();
        var output = await terminal.StandardOutput.ReadToEndAsync().WaitAsync(Wait.Patience);
        await terminal.WaitForExitAsync().WaitAsync(Wait.Patience);

        Assert.Contains("41 123", output);
        Assert.Contains("/dev/pts/0", output);
        Assert.Contains("code=9", output);
        Assert.Equal(await File.ReadAllTextAsync($"{home}/before"), await File.ReadAllTextAsync($"{home}/after"));
    }

    private static async Task ForwardAsync(DevNode node)
    {
        using var forward = Start(node, "port-forward", "web/0", "0:9000", "0:9001");
        var (open, closed) = (await PortAsync(), await PortAsync());
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, open);
        await using var stream = client.GetStream();
        await stream.WriteAsync("ping"u8.ToArray());
        client.Client.Shutdown(SocketShutdown.Send);
        using var reader = new StreamReader(stream);
        Assert.Equal("ping", await reader.ReadToEndAsync().WaitAsync(Wait.Patience));

        using var refused = new TcpClient();
        await refused.ConnectAsync(IPAddress.Loopback, closed);
        await using var broken = refused.GetStream();
        await Assert.ThrowsAsync<IOException>(async () => await broken.ReadAsync(new byte[1]).AsTask().WaitAsync(Wait.Patience));
        Assert.Equal("a connection failed: port 9001 of web/0 cannot be reached: nothing listens there", await forward.ErrorLineAsync());
        await forward.SignalAsync("INT");
        Assert.Equal(0, await forward.ExitAsync());

        async Task<int> PortAsync()
        {
            var line = await forward.LineAsync() ?? "";
            Assert.StartsWith("127.0.0.1:", line, StringComparison.Ordinal);
            return int.Parse(line.Split(' ')[0].Split(':')[1]);
        }
    }

    /// <summary>
    /// The program as an interactive shell starts it. Who runs these tests in the background passes ignored interrupts on, which a program
    /// keeps.
    /// </summary>
    private static Client Start(DevNode node, params string[] args) =>
        new(
            Process.Start(
                new ProcessStartInfo("env", ["--default-signal=INT,QUIT", "dotnet", SchedulerProcess.Program, .. node.ArgumentsOf(args)])
                {
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                }
            )!
        );

    private static async Task<int> SleepersAsync() =>
        (await Shell.RunAsync("ps", "-eo", "args=")).Split('\n').Count(line => line.StartsWith("sleep 8643", StringComparison.Ordinal));

    /// <summary>A run of the program that ends with the test.</summary>
    private sealed class Client(Process process) : IDisposable
    {
        public Stream Input => process.StandardInput.BaseStream;

        public Task<string?> LineAsync() => process.StandardOutput.ReadLineAsync().WaitAsync(Wait.Patience);

        public Task<string?> ErrorLineAsync() => process.StandardError.ReadLineAsync().WaitAsync(Wait.Patience);

        public void EndInput() => process.StandardInput.Close();

        public Task SignalAsync(string signal) => Shell.RunAsync("kill", $"-{signal}", $"{process.Id}");

        public async Task<int> ExitAsync()
        {
            await process.WaitForExitAsync().WaitAsync(Wait.Patience);
            return process.ExitCode;
        }

        public void Dispose()
        {
            if (!process.HasExited)
                process.Kill();
            process.Dispose();
        }
    }
}
