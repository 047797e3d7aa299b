using Scheduler.Rep.Journal;
using Scheduler.Rep.Runtime.Simulated;
using Scheduler.Simulation.Network;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Machines;

/// <summary>A cell's machine: its containers and its disk, which outlive the rep.</summary>
internal sealed class CellMachine
{
    private readonly Func<string, VirtualProcess> _boot;
    private readonly Func<CellMachine, SimulationScript> _script;
    private readonly GuidSource _guids;

    /// <param name="boot">Makes the process that stands for the machine's kernel.</param>
    /// <param name="script">What containers and processes do.</param>
    public CellMachine(Machine machine, Func<string, VirtualProcess> boot, Func<CellMachine, SimulationScript> script)
    {
        (Machine, _boot, _script) = (machine, boot, script);
        _guids = new GuidSource(machine.Name);
        Kernel = boot($"{machine.Name}/kernel");
        Runtime = new SimulatedRuntime(script(this), Kernel.Time);
        Journal = new MemoryJournal(Kernel.Time, NewGuid);
    }

    public Machine Machine { get; }

    public VirtualProcess Kernel { get; private set; }

    public SimulatedRuntime Runtime { get; private set; }

    /// <summary>On disk: it survives a crash of the machine too, though not its loss.</summary>
    public MemoryJournal Journal { get; private set; }

    /// <summary>Whether no container can be made there. A machine that is booted anew is well.</summary>
    public bool IsSick
    {
        get => Runtime.Script.Unhealthy is not null;
        set => Runtime.Script.Unhealthy = value ? "no space left on device" : null;
    }

    public Guid NewGuid() => _guids.Next();

    /// <summary>Whether the container's main process runs.</summary>
    public bool Runs(string handle) =>
        // Everything in memory is done when it returns.
        Runtime.FindProcessAsync(handle, MachineRuntime.MainProcess, CancellationToken.None).GetAwaiter().GetResult() is { Exit.IsCompleted: false };

    /// <summary>Ends the main process of a container, with a failure or for want of memory.</summary>
    /// <returns>Whether there was one, and it ran.</returns>
    public bool CrashOne(Chance chance) =>
        Runtime.Handles is { Count: > 0 } handles
        && Runtime.Crash(chance.Pick(handles), "action", chance.Between(0, 2), outOfMemory: chance.Happens(0.3));

    /// <summary>The machine loses power: nothing runs there any more.</summary>
    public void LosePower()
    {
        Machine.IsUp = false;
        Runtime.LosePower();
        Kernel.Kill();
    }

    /// <summary>It starts again, with an empty runtime; the journal's entries say what is missing.</summary>
    public void Boot()
    {
        Kernel = _boot($"{Machine.Name}/kernel");
        Runtime = new SimulatedRuntime(_script(this), Kernel.Time);
        Machine.IsUp = true;
    }
}
