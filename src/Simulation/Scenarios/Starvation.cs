using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Network;

namespace Scheduler.Simulation.Scenarios;

/// <summary>
/// Machines that run at a fraction of their speed for a while. If one lags so far behind that it cannot answer keep-alive pings, its
/// connections break, as they do on a real network.
/// </summary>
internal sealed class Starvation(SimulatedCluster cluster)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<Machine, TimeSpan> _until = [];

    /// <param name="step">Time that each step of the machine's processes takes.</param>
    public void Begin(Component component, TimeSpan step, TimeSpan lasts)
    {
        var machine = component.Machine;
        machine.Processor.StepTime = step;
        var isWatched = _until.ContainsKey(machine);
        _until[machine] = cluster.World.Now + lasts;
        if (!isWatched)
            Watch(component, TimeSpan.Zero);
    }

    public void EndAll()
    {
        foreach (var machine in _until.Keys)
            machine.Processor.StepTime = TimeSpan.Zero;
        _until.Clear();
    }

    private void Watch(Component component, TimeSpan brokenAt) =>
        cluster.World.After(
            LookInterval,
            () =>
            {
                var machine = component.Machine;
                if (!_until.TryGetValue(machine, out var until))
                    return;
                if (cluster.World.Now >= until)
                {
                    machine.Processor.StepTime = TimeSpan.Zero;
                    _until.Remove(machine);
                    return;
                }

                if (machine.Processor.Lag > LookInterval)
                    cluster.Trace(component.Name, $"lags behind by {machine.Processor.Lag.TotalSeconds:0.0} s");
                if (
                    machine.Processor.Lag > SimulatedNetwork.KeepAlive
                    && cluster.World.Now >= brokenAt + SimulatedNetwork.KeepAlive
                    && component.Process is { IsDead: false } process
                )
                {
                    cluster.Network.BreakConnections(process);
                    brokenAt = cluster.World.Now;
                }

                Watch(component, brokenAt);
            }
        );
}
