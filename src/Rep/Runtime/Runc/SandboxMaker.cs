using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>
/// Makes and removes sandboxes. What a sandbox holds is in its directory before it can outlive the rep, so that the next rep can remove it
/// whenever this one ends.
/// </summary>
internal sealed class SandboxMaker(CellMachine machine) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(3);

    private readonly string _prefix = Path.GetFileName(machine.Paths.Cgroup);
    private readonly SemaphoreSlim _making = new(1);
    private bool _withoutPause;
    private EmptyRoot? _root;

    /// <summary>A sandbox that is not connected to the network. If this throws, nothing remains.</summary>
    /// <param name="users">Whether it gets a user namespace, if containers of this cell have one.</param>
    /// <param name="pause">Whether it gets a process, so that its pid namespace exists before its container.</param>
    public async Task<Sandbox> MakeAsync(bool users, bool pause, CancellationToken cancellation)
    {
        var sandbox = new Sandbox { Id = $"{_prefix}-{Guid.NewGuid().ToString("N")[..12]}" };
        var paths = machine.Paths.Sandbox(sandbox.Id);
        try
        {
            Directory.CreateDirectory(paths.Root);
            if (!users || machine.Users is not { } pool)
            {
                Write(sandbox);
                await machine.Network.CreateNamespaceAsync(sandbox.Id);
                return sandbox;
            }

            var ids = pool.Take(paths.Root);
            sandbox = sandbox with { Users = ids };
            Write(sandbox);
            await machine.Network.CreateNamespaceAsync(sandbox.Id, network => CreateUsersAsync(paths, network, ids, cancellation));
            return pause && !_withoutPause ? await WithPauseAsync(sandbox, paths, cancellation) : sandbox;
        }
        catch
        {
            await RemoveAsync(sandbox.Id, CancellationToken.None);
            throw;
        }
    }

    /// <summary>Connects sandboxes to the network. If this throws, the caller removes them.</summary>
    public async Task<IReadOnlyList<Sandbox>> ConnectAsync(IReadOnlyList<Sandbox> sandboxes, CancellationToken cancellation)
    {
        var links = await machine.Network.ConnectAsync(sandboxes.Select(sandbox => sandbox.Id), cancellation);
        List<Sandbox> connected = [.. sandboxes.Zip(links, (sandbox, link) => sandbox with { Link = link })];
        connected.ForEach(Write);
        return connected;
    }

    /// <summary>Kills everything in the sandbox and removes it; succeeds if there is none.</summary>
    public async Task RemoveAsync(string id, CancellationToken cancellation)
    {
        var paths = machine.Paths.Sandbox(id);
        if (!Directory.Exists(paths.Root))
            return;
        await EndAsync(id, cancellation);
        machine.Network.Disconnect(id);
        Forget(id);
    }

    /// <summary>Kills the sandbox's first process, and the kernel all others; succeeds if there is none.</summary>
    public async Task EndAsync(string id, CancellationToken cancellation)
    {
        if (Read(id) is not { Pause: { Pid: > 0 } pause } || !Native.Signal(pause, (int)ProcessSignal.Kill))
            return;
        var deadline = machine.Time.GetUtcNow() + machine.Options.KillTimeout;
        while (pause.IsAlive())
        {
            if (machine.Time.GetUtcNow() >= deadline)
                throw new ContainerRuntimeException($"the first process of sandbox {id} did not exit within {machine.Options.KillTimeout}");
            await Task.Delay(Pause, machine.Time, cancellation);
        }
    }

    /// <summary>Removes the files of a sandbox that has ended and is disconnected.</summary>
    public void Forget(string id)
    {
        var paths = machine.Paths.Sandbox(id);
        if (!Directory.Exists(paths.Root))
            return;
        foreach (var mount in (string[])[paths.Users, paths.Pids])
            Mounts.Remove(mount);
        if (Read(id)?.Users is { } users)
            machine.Users?.Release(users, paths.Root);
        Directory.Delete(paths.Root, recursive: true);
    }

    /// <summary>The processes that it started run on.</summary>
    public void Dispose()
    {
        _root?.Dispose();
        _making.Dispose();
    }

    private Task CreateUsersAsync(SandboxPaths paths, string network, UserIds users, CancellationToken cancellation) =>
        UserNamespace.CreateAsync(
            machine.Unshare,
            machine.Busybox,
            paths.Users,
            network,
            users.First,
            UserIds.Count,
            machine.Options.CommandTimeout,
            cancellation
        );

    /// <summary>Containers work without this process too, only start more slowly: a machine that cannot run it is no reason to fail.</summary>
    private async Task<Sandbox> WithPauseAsync(Sandbox sandbox, SandboxPaths paths, CancellationToken cancellation)
    {
        try
        {
            var pause = await PauseProcess.StartAsync(
                machine.Nsenter,
                await RootAsync(cancellation),
                sandbox.Id,
                paths.Users,
                machine.Network.NamespacePath(sandbox.Id),
                paths.Pids,
                process => Write(sandbox with { Pause = process }),
                machine.Options.CommandTimeout,
                cancellation
            );
            return sandbox with { Pause = pause };
        }
        catch (ContainerRuntimeException failure)
        {
            _withoutPause = true;
            machine.Log.NoPauseProcess(failure);
            await EndAsync(sandbox.Id, cancellation);
            Write(sandbox);
            return sandbox;
        }
    }

    /// <summary>One for all sandboxes; another one if something killed the process that holds it.</summary>
    private async Task<EmptyRoot> RootAsync(CancellationToken cancellation)
    {
        await _making.WaitAsync(cancellation);
        try
        {
            if (_root is { IsHeld: true } held)
                return held;
            _root?.Dispose();
            _root = null;
            return _root = await EmptyRoot.MakeAsync(machine.Unshare, machine.Busybox, machine.Time, machine.Options.CommandTimeout);
        }
        finally
        {
            _making.Release();
        }
    }

    private Sandbox? Read(string id) => RecordFile.Read(machine.Paths.Sandbox(id).Record, RecordJson.Default.Sandbox);

    private void Write(Sandbox sandbox) => RecordFile.Write(machine.Paths.Sandbox(sandbox.Id).Record, sandbox, RecordJson.Default.Sandbox);
}
