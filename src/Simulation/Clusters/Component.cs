using Scheduler.Hosting.Channels;
using Scheduler.Simulation.Network;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Clusters;

/// <summary>A component of the system under a supervisor that restarts it. Each run is a separate process.</summary>
internal abstract class Component(SimulatedCluster cluster, string name, Machine machine) : IDisposable
{
    private readonly List<IDisposable> _resources = [];
    private CancellationTokenSource? _stop;
    private int _runs;
    private bool _isWanted;

    public string Name { get; } = name;

    public Machine Machine { get; } = machine;

    /// <summary>The latest run; dead if the component does not run now.</summary>
    public VirtualProcess? Process { get; private set; }

    public bool IsRunning => Process is { IsDead: false };

    /// <summary>Whether the component has finished and is not restarted, such as an evacuated cell.</summary>
    public bool IsDone { get; protected set; }

    protected SimulatedCluster Cluster { get; } = cluster;

    public void Start()
    {
        if (IsRunning || IsDone || !Machine.IsUp)
            return;
        _isWanted = false;
        var process = Process = Cluster.NewProcess($"{Name}#{++_runs}", Machine);
        var stop = _stop = new CancellationTokenSource();
        Cluster.Trace(Name, "started");
        process.Start(() => RunAsync(process, stop.Token), failure => Ended(process, stop, failure));
    }

    /// <summary>Starts the component; if it still runs, starts it again after it has ended.</summary>
    public void StartAgain()
    {
        _isWanted = IsRunning;
        Start();
    }

    /// <summary>Like kill -9: none of its code runs any more.</summary>
    /// <returns>Whether it was running.</returns>
    public bool Kill()
    {
        if (Process is not { IsDead: false } process)
            return false;
        Cluster.Trace(Name, "killed");
        Bury(process);
        return true;
    }

    /// <summary>Asks it to shut down; it is restarted like a killed one.</summary>
    /// <returns>Whether it was running.</returns>
    public bool Stop()
    {
        if (Process is not { IsDead: false } process || _stop is not { } stop)
            return false;
        Cluster.Trace(Name, "stopping");
        process.Post(_ => stop.Cancel(), null);
        return true;
    }

    /// <returns>Whether it was running and not yet paused.</returns>
    public bool Pause()
    {
        if (Process is not { IsDead: false, IsPaused: false } process)
            return false;
        Cluster.Trace(Name, "paused");
        process.Pause();
        Cluster.Network.ProcessPaused(process);
        return true;
    }

    public void Resume()
    {
        if (Process is not { IsDead: false, IsPaused: true } process)
            return;
        Cluster.Trace(Name, "resumed");
        process.Resume();
    }

    /// <summary>The world ends: releases what would outlive it.</summary>
    public void Dispose()
    {
        foreach (var resource in _resources)
            resource.Dispose();
        _resources.Clear();
    }

    protected abstract Task RunAsync(VirtualProcess process, CancellationToken stopping);

    /// <summary>Disposes the resource when the run ends, even by a kill: the framework keeps meters for ever.</summary>
    protected T Owned<T>(T resource)
        where T : IDisposable
    {
        _resources.Add(resource);
        return resource;
    }

    protected SimulatedChannels ChannelsOf(VirtualProcess process) => new(Cluster.Network, Machine, process);

    protected BbsConnection BbsOf(VirtualProcess process) =>
        new(ChannelsOf(process), Cluster.BbsUrls, new ChannelOptions { Seed = Cluster.NextSeed() }, process.Time);

    private void Ended(VirtualProcess process, CancellationTokenSource stop, Exception? failure)
    {
        if (failure is not null && !(failure is OperationCanceledException && stop.IsCancellationRequested))
            Cluster.Violated("no component exits by itself", $"{process.Name}: {failure}");
        else
            Cluster.Trace(Name, "exited");
        Bury(process);
        if (Cluster.IsHealed || _isWanted)
            Start();
    }

    private void Bury(VirtualProcess process)
    {
        process.Kill();
        Cluster.Network.ProcessDied(process);
        Dispose();
    }
}
