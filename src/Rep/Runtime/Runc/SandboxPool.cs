using System.Collections.Concurrent;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>
/// A few sandboxes made ahead, so that a container does not wait for its namespaces and its address. They belong to this rep: it removes
/// them when it ends, and the next one removes those of a rep that was killed.
/// </summary>
internal sealed class SandboxPool(CellMachine machine, int spares, bool pause) : IAsyncDisposable
{
    /// <summary>How long to wait after a failure, such as a full subnet; containers then make their own sandbox and say what is wrong.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long nothing must have been taken before one is made: making it takes as long as starting a container, and would slow down the
    /// very start that took one, and those that follow it.
    /// </summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(250);

    /// <summary>How many are made together: connecting them takes one program.</summary>
    private const int Batch = 4;

    /// <summary>
    /// Fewer than this do not wait for quiet: containers that find none would have to make their own, which takes more than making several.
    /// </summary>
    private readonly int _few = spares / 4;

    private readonly SandboxMaker _maker = new(machine);
    private readonly ConcurrentQueue<Sandbox> _ready = new();
    private readonly SemaphoreSlim _taken = new(0);
    private readonly CancellationTokenSource _stopping = new();
    private bool _isDisposed;
    private Task _filling = Task.CompletedTask;

    public SandboxMaker Maker => _maker;

    /// <summary>Removes what an earlier rep made ahead and left, then begins to make sandboxes.</summary>
    /// <param name="used">Sandboxes of containers.</param>
    public async Task StartAsync(IReadOnlySet<string> used, CancellationToken cancellation)
    {
        var found = Directory.GetDirectories(machine.Paths.Sandboxes).Select(directory => Path.GetFileName(directory));
        await Task.WhenAll(found.Where(id => !used.Contains(id)).Select(id => _maker.RemoveAsync(id, cancellation)));
        if (spares > 0)
            _filling = FillAsync(_stopping.Token);
    }

    /// <summary>A connected sandbox with a user namespace if the cell's containers have one; null if none is ready.</summary>
    public async Task<Sandbox?> TryTakeAsync()
    {
        while (_ready.TryDequeue(out var sandbox))
        {
            _taken.Release();
            if (sandbox.Pause.Pid == 0 || sandbox.Pause.IsAlive())
                return sandbox;
            await RemoveAsync(sandbox); // something on this machine, such as a lack of memory, killed its process
        }

        return null;
    }

    /// <summary>Stops making sandboxes and removes those that nobody took.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
            return;
        _stopping.Cancel();
        await _filling;
        await Task.WhenAll(_ready.Select(RemoveAsync));
        _ready.Clear();
        _maker.Dispose();
        _stopping.Dispose();
        _taken.Dispose();
    }

    private async Task FillAsync(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                while (_ready.Count < spares && (_taken.CurrentCount == 0 || _ready.Count < _few))
                    await AddAsync(Math.Min(Batch, spares - _ready.Count), stopping);
                await _taken.WaitAsync(stopping);
                while (_ready.Count >= _few && await IsTakenWithinAsync(Quiet, stopping)) { }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // the rep ends
        }
    }

    private async Task<bool> IsTakenWithinAsync(TimeSpan time, CancellationToken stopping)
    {
        using var limit = new CancellationTokenSource(time, machine.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, limit.Token);
        try
        {
            await _taken.WaitAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task AddAsync(int count, CancellationToken stopping)
    {
        var made = new List<Sandbox>();
        try
        {
            while (made.Count < count)
                made.Add(await _maker.MakeAsync(users: true, pause, stopping));
            foreach (var sandbox in await _maker.ConnectAsync(made, stopping))
                _ready.Enqueue(sandbox);
        }
        catch (Exception failure)
        {
            foreach (var sandbox in made)
                await RemoveAsync(sandbox);
            stopping.ThrowIfCancellationRequested();
            machine.Log.NoSpareSandbox(failure);
            await Task.Delay(Retry, machine.Time, stopping);
        }
    }

    /// <summary>What cannot be removed now is removed by the next rep.</summary>
    private async Task RemoveAsync(Sandbox sandbox)
    {
        try
        {
            await _maker.RemoveAsync(sandbox.Id, CancellationToken.None);
        }
        catch (Exception failure) when (failure is ContainerRuntimeException or IOException or UnauthorizedAccessException)
        {
            machine.Log.SandboxStays(failure, sandbox.Id);
        }
    }
}
