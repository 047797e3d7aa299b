using Grpc.Core;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;
using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Rep.Runtime.Containerd;

/// <summary>
/// A process under a shim of containerd, which keeps its exit code until it is asked. A call waits for the end; if containerd restarts, it is
/// made again.
/// </summary>
internal sealed class ContainerdProcess : SupervisedProcess
{
    /// <summary>
    /// How long what a process has left behind may hold its output open: the shim gives up after so long, too, when it is told to forget the
    /// process.
    /// </summary>
    private static readonly TimeSpan OutputGrace = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How often in a row containerd must not know a process before it is lost. While it shuts down, it forgets its shims before it stops to
    /// answer.
    /// </summary>
    private const int UnknownForGood = 3;

    private readonly ContainerdClient _client;
    private readonly CellMachine _machine;
    private readonly TimeSpan _retry;
    private readonly string _container;
    private readonly string _name;
    private readonly CancellationTokenSource _stopping = new();

    /// <param name="container">Its name in containerd, like <paramref name="name"/>.</param>
    public ContainerdProcess(
        ContainerdClient client,
        CellMachine machine,
        TimeSpan retry,
        string id,
        ContainerPaths paths,
        string container,
        string name,
        int pid,
        ProcessStart start
    )
        : base(id, paths.Process(id), pid, start, () => machine.Cgroups.OutOfMemoryKills(paths.Cgroup), machine.Hub)
    {
        (_client, _machine, _retry, _container, _name) = (client, machine, retry, container, name);
        if (!Exit.IsCompleted)
            _ = WatchAsync(_stopping.Token);
    }

    public override void CheckSupervisor()
    {
        // Nobody reads its output any more: it would hang once the pipe is full. Its exit code comes as always.
        if (!Exit.IsCompleted && !File.Exists(Paths.Exit) && !ConmonProcess.IsSupervised(Paths) && Identity.IsAlive())
            Native.Signal(Identity, (int)ProcessSignal.Kill);
    }

    public override void Dispose()
    {
        _stopping.Cancel();
        base.Dispose();
    }

    protected override void LookForExit()
    {
        // Only containerd knows.
    }

    private async Task WatchAsync(CancellationToken stopping)
    {
        try
        {
            var code = await AwaitEndAsync(stopping);
            await AwaitOutputAsync(stopping);
            if (code is { } known)
                EndWith(known);
            else
                End(ProcessExit.Unknown);
            await _client.RemoveProcessAsync(_container, _name, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // the next rep asks again
        }
        catch (Exception failure) when (failure is ContainerRuntimeException or IOException or UnauthorizedAccessException)
        {
            // Its exit code is on disk. The shim forgets the process with its container.
            _machine.Log.ProcessStays(failure, Id);
        }
    }

    /// <returns>Null: the code is lost.</returns>
    private async Task<int?> AwaitEndAsync(CancellationToken stopping)
    {
        var unknown = 0;
        while (unknown < UnknownForGood)
        {
            try
            {
                return await _client.WaitAsync(_container, _name, stopping);
            }
            catch (ContainerdException failure)
            {
                unknown = failure.Code == StatusCode.NotFound ? unknown + 1 : 0;
                if (failure.Code != StatusCode.NotFound)
                    _machine.Log.WaitFailed(failure, Id);
                await Task.Delay(_retry, _machine.Time, stopping);
            }
        }

        // Without a shim nobody would tell its end.
        if (Identity.IsAlive())
            Native.Signal(Identity, (int)ProcessSignal.Kill);
        return null;
    }

    /// <summary>Waits until the log has all output, so that whoever reads it after the exit misses nothing.</summary>
    private async Task AwaitOutputAsync(CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var timer = _machine.Time.CreateTimer(_ => Cancel(limit), null, OutputGrace, Timeout.InfiniteTimeSpan);
        try
        {
            while (true)
            {
                var changed = Changed; // first: any later change completes it
                if (OutputKeeper.IsDone(Paths))
                    return;
                await changed.WaitAsync(limit.Token);
            }
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // what it left behind holds the pipes
        }
    }

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // the wait has just ended
        }
    }
}
