using Scheduler.Rep.Journal;
using Scheduler.Rep.Runtime.Simulated;
using Scheduler.Simulation.Network;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Machines;

/// <summary>The machine of a cell, with its containers and its disk, which outlive the rep.</summary>
internal sealed class CellMachine
{
    private readonly Func<string, VirtualProcess> _boot;
    private readonly Func<CellMachine, SimulationScript> _script;
    private readonly GuidSource _guids;

    /// <param name="boot">Creates the process that represents the machine's kernel.</param>
    /// <param name="script">Behaviour of containers and processes.</param>
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

    /// <summary>Stored on disk: it survives a crash of the machine, but not its loss.</summary>
    public MemoryJournal Journal { get; private set; }

    /// <summary>Whether creating containers fails. A reboot cures the machine.</summary>
    public bool IsSick
    {
        get => Runtime.Script.Unhealthy is not null;
        set => Runtime.Script.Unhealthy = value ? "no space left on device" : null;
    }

    public Guid NewGuid() => _guids.Next();

    /// <summary>Whether the container's main process runs.</summary>
    public bool Runs(string handle) =>
        // The in-memory runtime completes synchronously.
        Runtime.FindProcessAsync(handle, MachineRuntime.MainProcess, CancellationToken.None).GetAwaiter().GetResult()
            is { Exit.IsCompleted: false };

    /// <summary>Ends the main process of one container, with a failure or out of memory.</summary>
    /// <returns>Whether there was a container with a running main process.</returns>
    public bool CrashOne(Chance chance) =>
        Runtime.Handles is { Count: > 0 } handles
        && Runtime.Crash(chance.Pick(handles), "action", chance.Between(0, 2), outOfMemory: chance.Happens(0.3));

    /// <summary>The machine loses power: everything on it stops.</summary>
    public void LosePower()
    {
        Machine.IsUp = false;
        Runtime.LosePower();
        Kernel.Kill();
    }

    /// <summary>Starts the machine again with an empty runtime; the journal's entries show what is missing.</summary>
    public void Boot()
    {
        Kernel = _boot($"{Machine.Name}/kernel");
        Runtime = new SimulatedRuntime(_script(this), Kernel.Time);
        Machine.IsUp = true;
    }
}
