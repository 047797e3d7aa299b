using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Network;

/// <summary>A machine on the simulated network, with a clock of its own.</summary>
internal sealed class Machine(int number, string name, MachineClock clock)
{
    /// <summary>Unlike any other machine's of the run.</summary>
    public int Number { get; } = number;

    public string Name { get; } = name;

    public MachineClock Clock { get; } = clock;

    /// <summary>Off: it answers nobody, not even with a refusal.</summary>
    public bool IsUp { get; set; } = true;

    /// <summary>It answers no calls, whether it does what they ask or not; its streams go on.</summary>
    public bool IsMute { get; set; }
}
