using Scheduler.Rep.Runtime;
using Scheduler.Simulation.Time;

namespace Scheduler.Tests.Simulation.Planted;

/// <summary>A container runtime whose creations fail if they take too long.</summary>
internal sealed class HastyRuntime(IContainerRuntime runtime, VirtualWorld world, TimeSpan patience) : FaultyRuntime(runtime)
{
    public override async Task<ContainerInfo> CreateAsync(ContainerSpec spec, CancellationToken cancellation)
    {
        var began = world.Now;
        var created = await base.CreateAsync(spec, cancellation);
        return world.Now - began <= patience ? created : throw new IOException("the container took too long");
    }
}
