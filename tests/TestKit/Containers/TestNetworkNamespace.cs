using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Scheduler.Tests.TestKit.Containers;

/// <summary>
/// A network namespace that represents a cell's machine. It has an address besides loopback; everything that runs on the thread of
/// <see cref="RunAsync"/>, including every process started from it, runs in the namespace. Disposing removes it with all its bridges and
/// rules; <see cref="DisposeAsync"/> runs after failures too.
/// </summary>
public sealed partial class TestNetworkNamespace : IAsyncDisposable
{
    public const string HostAddress = "192.0.2.10";

    private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> _queue = [];
    private readonly Thread _thread;

    private TestNetworkNamespace(string name)
    {
        Name = name;
        var entered = new TaskCompletionSource();
        _thread = new Thread(() => Pump(entered)) { IsBackground = true, Name = name };
        _thread.Start();
        entered.Task.GetAwaiter().GetResult();
    }

    public string Name { get; }

    public string Path => $"/run/netns/{Name}";

    public static TestNetworkNamespace Create()
    {
        var name = $"sct-{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..8]}";
        Ip("netns", "add", name);
        try
        {
            // A bridge without ports is the one interface for an address that every kernel with containers supports.
            Ip("-n", name, "link", "set", "lo", "up");
            Ip("-n", name, "link", "add", "host0", "type", "bridge");
            Ip("-n", name, "addr", "add", $"{HostAddress}/24", "dev", "host0");
            Ip("-n", name, "link", "set", "host0", "up");
            return new TestNetworkNamespace(name);
        }
        catch
        {
            Ip("netns", "delete", name);
            throw;
        }
    }

    /// <summary>Runs something in the namespace; its continuations return to the one thread that is in it.</summary>
    public Task RunAsync(Func<Task> work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _queue.Add((_ => _ = FinishAsync(), null));
        return done.Task;

        async Task FinishAsync()
        {
            try
            {
                await work();
                done.SetResult();
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        _queue.CompleteAdding();
        _thread.Join();
        Ip("netns", "delete", Name);
        return ValueTask.CompletedTask;
    }

    private void Pump(TaskCompletionSource entered)
    {
        const int network = 0x4000_0000;
        using (var handle = File.OpenHandle(Path))
        {
            if (SetNamespace((int)handle.DangerousGetHandle(), network) != 0)
            {
                entered.SetException(new InvalidOperationException($"setns {Path}: {Marshal.GetLastPInvokeErrorMessage()}"));
                return;
            }
        }

        SynchronizationContext.SetSynchronizationContext(new Context(_queue));
        entered.SetResult();
        foreach (var (callback, state) in _queue.GetConsumingEnumerable())
            callback(state);
    }

    private static void Ip(params string[] arguments)
    {
        using var process =
            Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })
            ?? throw new InvalidOperationException("ip did not start");
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"ip {string.Join(' ', arguments)}: {error}");
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int fd, int type);

    private sealed class Context(BlockingCollection<(SendOrPostCallback, object?)> queue) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback callback, object? state)
        {
            // Leftovers of a failed test may continue after the namespace is gone; they must not crash the test run.
            if (!queue.IsAddingCompleted)
                queue.Add((callback, state));
            else
                ThreadPool.QueueUserWorkItem(_ => callback(state));
        }

        public override void Send(SendOrPostCallback callback, object? state) =>
            throw new NotSupportedException("the namespace's thread would wait for itself");
    }
}
