using Scheduler.Hosting.Channels;
using Scheduler.Simulation.Network;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Clusters;

/// <summary>One part of the system under a supervisor that starts it again: each run is a process of its own.</summary>
internal abstract class Component(SimulatedCluster cluster, string name, Machine machine) : IDisposable
{
    private readonly List<IDisposable> _resources = [];
    private CancellationTokenSource? _stop;
    private int _runs;
    private bool _isWanted;

    public string Name { get; } = name;

    public Machine Machine { get; } = machine;

    /// <summary>The latest run; dead when there is none now.</summary>
    public VirtualProcess? Process { get; private set; }

    public bool IsRunning => Process is { IsDead: false };

    /// <summary>Whether the part has done all it had to and is not started again: an evacuated cell.</summary>
    public bool IsDone { get; protected set; }

    protected SimulatedCluster Cluster { get; } = cluster;

    public void Start()
    {
        if (IsRunning || IsDone || !Machine.IsUp) return;
        _isWanted = false;
        var process = Process = Cluster.NewProcess($"{Name}#{++_runs}", Machine.Clock);
        var stop = _stop = new CancellationTokenSource();
        Cluster.Trace(Name, "starts");
        process.Start(() => RunAsync(process, stop.Token), failure => Ended(process, stop, failure));
    }

    /// <summary>Starts it, when it has ended if it has yet to.</summary>
    public void StartAgain()
    {
        _isWanted = IsRunning;
        Start();
    }

    /// <summary>As kill -9: nothing of it runs any more.</summary>
    /// <returns>Whether it ran.</returns>
    public bool Kill()
    {
        if (Process is not { IsDead: false } process) return false;
        Cluster.Trace(Name, "is killed");
        Bury(process);
        return true;
    }

    /// <summary>Asks it to end; it is started again like one that was killed.</summary>
    /// <returns>Whether it ran.</returns>
    public bool Stop()
    {
        if (Process is not { IsDead: false } process || _stop is not { } stop) return false;
        Cluster.Trace(Name, "is asked to stop");
        process.Post(_ => stop.Cancel(), null);
        return true;
    }

    /// <returns>Whether it ran, and was not paused yet.</returns>
    public bool Pause()
    {
        if (Process is not { IsDead: false, IsPaused: false } process) return false;
        Cluster.Trace(Name, "is paused");
        process.Pause();
        Cluster.Network.ProcessPaused(process);
        return true;
    }

    public void Resume()
    {
        if (Process is not { IsDead: false, IsPaused: true } process) return;
        Cluster.Trace(Name, "goes on");
        process.Resume();
    }

    /// <summary>The world ends: lets go of what would outlive it.</summary>
    public void Dispose()
    {
        foreach (var resource in _resources) resource.Dispose();
        _resources.Clear();
    }

    protected abstract Task RunAsync(VirtualProcess process, CancellationToken stopping);

    /// <summary>Lets go of it when the run ends, also by a kill: the framework keeps meters for ever.</summary>
    protected T Owned<T>(T resource)
        where T : IDisposable
    {
        _resources.Add(resource);
        return resource;
    }

    protected SimulatedChannels ChannelsOf(VirtualProcess process) => new(Cluster.Network, Machine, process);

    protected BbsConnection BbsOf(VirtualProcess process) => new(ChannelsOf(process), Cluster.BbsUrls, new ChannelOptions { Seed = Cluster.NextSeed() }, process.Time);

    private void Ended(VirtualProcess process, CancellationTokenSource stop, Exception? failure)
    {
        if (failure is not null && !(failure is OperationCanceledException && stop.IsCancellationRequested))
            Cluster.Violated("no part ends by itself", $"{process.Name}: {failure}");
        else Cluster.Trace(Name, "ends");
        Bury(process);
        if (Cluster.IsHealed || _isWanted) Start();
    }

    private void Bury(VirtualProcess process)
    {
        process.Kill();
        Cluster.Network.ProcessDied(process);
        Dispose();
    }
}
