using System.Net;
using System.Runtime.CompilerServices;
using Scheduler.Models;

namespace Scheduler.Rep.Runtime.Simulated;

/// <summary>
/// A container runtime without a machine, for fleets of thousands of cells and for tests on virtual time. It keeps its containers in
/// memory; keeping the object while the rep is created anew simulates a restart of the rep.
/// </summary>
public sealed class SimulatedRuntime(SimulationScript script, TimeProvider time) : IContainerRuntime
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SimulatedContainer> _containers = [];
    private readonly SortedSet<int> _freePorts = [];
    private int _nextPort = script.FirstHostPort;
    private uint _nextAddress = 0x0AFE_0002; // 10.254.0.2
    private int _nextPid = 1_000;
    private long _created;

    public SimulationScript Script { get; } = script;

    public ICellImages? Images { get; init; }

    /// <summary>Handles of all existing containers, oldest first.</summary>
    public IReadOnlyList<string> Handles
    {
        get
        {
            lock (_lock)
                return [.. _containers.OrderBy(entry => entry.Value.Number).Select(entry => entry.Key)];
        }
    }

    /// <summary>The number of existing containers.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _containers.Count;
        }
    }

    /// <summary>The specification of each existing container.</summary>
    public IReadOnlyList<ContainerSpec> Specs
    {
        get
        {
            lock (_lock)
            {
                var specs = new List<ContainerSpec>(_containers.Count);
                foreach (var container in _containers.Values)
                    specs.Add(container.Spec);
                return specs;
            }
        }
    }

    public Task PreflightAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.CompletedTask;
    }

    public async Task CheckHealthAsync(string rootFs, ProcessSpec probe, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (Script.Unhealthy is { } why)
            throw new ContainerRuntimeException(why);
        await Script.HealthCheck();
    }

    public async Task<ContainerInfo> CreateAsync(ContainerSpec spec, CancellationToken cancellation)
    {
        ContainerSpecRules.Check(spec);
        var plan = Script.Container(spec);
        SimulatedContainer container;
        Task<ContainerInfo>? underWay = null;
        lock (_lock)
        {
            if (_containers.TryGetValue(spec.Handle, out container!))
                underWay = container.Same(spec).Created.Task;
            else
                _containers.Add(spec.Handle, container = new SimulatedContainer(spec, time.GetUtcNow(), ++_created));
        }

        if (underWay is not null)
            return await Waits.ForAsync(underWay, cancellation);

        try
        {
            if (plan.Takes > TimeSpan.Zero)
                await Task.Delay(plan.Takes, time, cancellation);
            if (plan.BadWork is { } rule)
                throw DomainError.Invalid("rootfs", rule).ToException();
            if ((Script.Unhealthy ?? plan.Failure) is { } why)
                throw new ContainerRuntimeException(why);
        }
        catch (Exception failure)
        {
            lock (_lock)
                _containers.Remove(spec.Handle);
            container.Created.TrySetException(failure);
            _ = container.Created.Task.Exception; // another caller may or may not be waiting for it
            throw;
        }

        lock (_lock)
        {
            container.Address = new IPAddress(BitConverter.GetBytes(IPAddress.HostToNetworkOrder((int)_nextAddress++)));
            container.Ports = [.. spec.Ports.Select(port => new PortMapping(port, TakePort()))];
            container.StopSignal = Script.StopSignal;
            container.State = ContainerState.Ready;
            var info = container.Info();
            container.Created.TrySetResult(info);
            return info;
        }
    }

    public async Task<IContainerProcess> StartProcessAsync(
        string handle,
        string processId,
        ProcessSpec spec,
        CancellationToken cancellation
    )
    {
        ContainerSpecRules.Check(processId, spec);
        ContainerSpec owner;
        lock (_lock)
        {
            var container = Ready(handle);
            if (container.Processes.TryGetValue(processId, out var known))
                return known;
            owner = container.Spec;
        }

        var plan = Script.Process(owner, processId, spec);
        if (plan.StartTakes > TimeSpan.Zero)
            await Task.Delay(plan.StartTakes, time, cancellation);
        if (plan.StartFailure is { } why)
            throw new ProcessStartException(why);

        lock (_lock)
        {
            var container = Ready(handle);
            if (container.Processes.TryGetValue(processId, out var known))
                return known;
            var process = new SimulatedProcess(processId, _nextPid++, plan, time);
            container.Processes.Add(processId, process);
            return process;
        }
    }

    public Task<IContainerProcess?> FindProcessAsync(string handle, string processId, CancellationToken cancellation) =>
        Task.FromResult<IContainerProcess?>(Process(handle, processId));

    public Task<IAttachedProcess> AttachAsync(string handle, ProcessSpec spec, TerminalSize? terminal, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        ContainerSpec owner;
        lock (_lock)
            owner = Ready(handle).Spec;
        return Task.FromResult<IAttachedProcess>(new SimulatedSession(Script.Attached(owner, spec), terminal is not null));
    }

    public Task<ContainerInfo?> GetAsync(string handle, CancellationToken cancellation)
    {
        lock (_lock)
            return Task.FromResult(_containers.GetValueOrDefault(handle)?.Info());
    }

    public Task<IReadOnlyList<ContainerInfo>> ListAsync(CancellationToken cancellation)
    {
        lock (_lock)
        {
            var all = new List<ContainerInfo>(_containers.Count);
            foreach (var container in _containers.Values)
                all.Add(container.Info());
            return Task.FromResult<IReadOnlyList<ContainerInfo>>(all);
        }
    }

    public Task DestroyAsync(string handle, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (!_containers.Remove(handle, out var container))
                return Task.CompletedTask;
            foreach (var process in container.Processes.Values)
                process.End(ProcessExit.Unknown);
            foreach (var port in container.Ports)
                _freePorts.Add(port.HostPort);
        }

        return Task.CompletedTask;
    }

    public Task<byte[]> ReadFileAsync(string handle, string path, int maxBytes, CancellationToken cancellation)
    {
        ContainerSpec owner;
        lock (_lock)
            owner = Known(handle).Spec;
        var content = Script.File(owner, path) ?? throw DomainError.NotFound($"file {path}").ToException();
        if (content.Length > maxBytes)
            throw DomainError.Invalid("result_file", $"must be at most {maxBytes} bytes").ToException();
        return Task.FromResult(content);
    }

    public Task<ContainerMetrics> MetricsAsync(string handle, CancellationToken cancellation)
    {
        lock (_lock)
            return Task.FromResult(Known(handle).Metrics(time.GetUtcNow()));
    }

    public Task<string?> DiskShortageAsync(string handle, CancellationToken cancellation) => Task.FromResult<string?>(null);

    public async IAsyncEnumerable<LogLine> LogsAsync(
        string handle,
        string processId,
        LogCursor from,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var process = Process(handle, processId) ?? throw DomainError.NotFound($"process {processId} of container {handle}").ToException();
        var position = Math.Max(0, from.Offset);
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var (line, change) = process.LineAt(position);
            if (line is not null)
            {
                yield return line;
                position++;
            }
            else if (follow && change is not null)
            {
                await Waits.EndAsync(change, cancellation);
            }
            else
            {
                yield break;
            }
        }
    }

    public async Task CleanUpAsync(CancellationToken cancellation)
    {
        foreach (var container in await ListAsync(cancellation))
            await DestroyAsync(container.Handle, cancellation);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Ends a running process as if it had exited by itself. Returns false if it is not running.</summary>
    public bool Crash(string handle, string processId, int exitCode, bool outOfMemory = false)
    {
        if (Process(handle, processId) is not { Exit.IsCompleted: false } process)
            return false;
        process.End(new ProcessExit(exitCode, outOfMemory));
        return true;
    }

    /// <summary>Adds a line to a process's output.</summary>
    public void Write(string handle, string processId, LogStream stream, string text) => Process(handle, processId)?.Write(stream, text);

    /// <summary>Loses all containers at once, as in a power failure: their processes end as lost.</summary>
    public void LosePower()
    {
        lock (_lock)
        {
            foreach (var container in _containers.Values)
            {
                container.State = ContainerState.Stopped;
                foreach (var process in container.Processes.Values)
                    process.End(ProcessExit.Unknown);
            }
        }
    }

    private SimulatedProcess? Process(string handle, string processId)
    {
        lock (_lock)
            return _containers.GetValueOrDefault(handle)?.Processes.GetValueOrDefault(processId);
    }

    private SimulatedContainer Known(string handle) =>
        _containers.GetValueOrDefault(handle) ?? throw DomainError.NotFound($"container {handle}").ToException();

    private SimulatedContainer Ready(string handle) =>
        Known(handle) is { State: ContainerState.Ready } container
            ? container
            : throw new ContainerRuntimeException($"container {handle} cannot start processes yet");

    private int TakePort()
    {
        if (_freePorts.Count == 0)
            return _nextPort++;
        var port = _freePorts.Min;
        _freePorts.Remove(port);
        return port;
    }
}
