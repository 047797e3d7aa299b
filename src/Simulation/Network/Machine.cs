using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Network;

/// <summary>A machine on the simulated network, with its own clock and processor.</summary>
internal sealed class Machine(int number, string name, VirtualWorld world)
{
    /// <summary>Unique within the run.</summary>
    public int Number { get; } = number;

    public string Name { get; } = name;

    public MachineClock Clock { get; } = new(world);

    public Processor Processor { get; } = new(world);

    /// <summary>If false, the machine answers nothing, not even with a refusal.</summary>
    public bool IsUp { get; set; } = true;

    /// <summary>If true, calls get no reply, whether or not they are carried out; streams continue.</summary>
    public bool IsMute { get; set; }
}
