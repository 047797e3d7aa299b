using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Scheduler.Hosting;
using Scheduler.Hosting.Ops;
using Scheduler.Rep;
using Scheduler.Rep.Api;
using Scheduler.Rep.Bbs;
using Scheduler.Rep.Health;
using Scheduler.Rep.Runs;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Transfers;
using Scheduler.Simulation.Machines;
using Scheduler.Simulation.Network;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Clusters;

/// <summary>The product's rep of one cell, over simulated containers that outlive it.</summary>
internal sealed class RepComponent(SimulatedCluster cluster, string name, string zone, int index, CellMachine cell)
    : Component(cluster, name, cell.Machine),
        IContainerObserver
{
    private bool _isReadmitted;

    public string Url { get; } = $"http://{name}:1801";

    public string Zone { get; } = zone;

    public CellMachine Cell { get; } = cell;

    /// <summary>Of the latest run of the process.</summary>
    public CellHost? Host { get; private set; }

    /// <summary>Memory of the machine that its containers leave free, in MB.</summary>
    public int FreeMemoryMb => Cluster.Settings.CellMemoryMb - Cell.Runtime.Specs.Sum(spec => spec.Limits.MemoryMb);

    /// <summary>After its evacuation, the cell is not restarted until it is readmitted.</summary>
    public void Dismiss() => _isReadmitted = false;

    /// <summary>Puts an evacuated cell back into service, empty; if it is not yet empty, once it is.</summary>
    public void Readmit()
    {
        _isReadmitted = true;
        IsDone = false;
    }

    public void Creates(ContainerSpec spec, IReadOnlyList<ContainerSpec> there) => Cluster.RepObserver?.Creates(this, spec, there);

    public void Stops(ContainerInfo container, string how) => Cluster.RepObserver?.Stops(this, container, how);

    public void Runs(ContainerSpec spec, IContainerProcess process) => Cluster.RepObserver?.Runs(this, spec, process);

    protected override async Task RunAsync(VirtualProcess process, CancellationToken stopping)
    {
        var options = Cluster.Settings.Rep();
        (options.CellId, options.Zone, options.CellIndex) = (Name, Zone, index);
        (options.RepUrl, options.AdvertiseAddress) = (Url, $"10.0.{index / 250}.{(index % 250) + 1}");
        Cluster.TamperCell?.Invoke(options);
        var loggers = Cluster.LoggersOf(process);
        IContainerRuntime runtime = new MachineRuntime(Cell.Kernel, Cell.Runtime, this);
        if (Cluster.TamperRuntime is { } tamper)
            runtime = tamper(runtime);
        var address = new ServedAddress();
        address.Set(Url);
        var parts = new CellNodeParts
        {
            Options = options,
            Runtime = runtime,
            Bbs = new GrpcBbsCalls(BbsOf(process).Invoker, options.BbsTimeout, process.Time),
            Journal = Cell.Journal,
            ContainerFiles = new NoContainerFiles(),
            Files = new NoFileTransfer(),
            Probe = new SimulatedProbe(),
            Time = process.Time,
            NewGuid = Cell.NewGuid,
            Random = new Random(Cluster.NextSeed()),
            Logger = loggers.CreateLogger("Scheduler.Rep"),
        };
        using var lifetime = new Lifetime();
        Cluster.RepObserver?.Starts(this);
        var host = Host = Owned(
            new CellHost(
                options,
                cancellation => CellNode.OpenAsync(parts, cancellation),
                address,
                new Readiness(),
                lifetime,
                loggers.CreateLogger<CellHost>()
            )
        );
        var server = new SimulatedServer(loggers);
        RepService.BindService(server, new RepApi(host, runtime));
        Cluster.Network.Listen(Url, Machine, process, server);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping, lifetime.ApplicationStopping);
        await host.RunAsync(ending.Token);
        if (host.Evacuated.IsCompleted)
            IsDone = !_isReadmitted;
    }

    /// <summary>The lifetime that a host provides: a way to end the process.</summary>
    private sealed class Lifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _stopping = new();

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => _stopping.Token;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => _stopping.Cancel();

        public void Dispose() => _stopping.Dispose();
    }
}
