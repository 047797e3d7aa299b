using System.Globalization;
using Scheduler.Rep.Capacity;
using Scheduler.Rep.Journal;
using Scheduler.Rep.Logs;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Simulated;
using Scheduler.Rep.Steps;
using Scheduler.Rep.Transfers;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Rep;

/// <summary>
/// One simulated container on virtual time. The path of an action determines how its process behaves: <c>exit:3</c> exits at once,
/// <c>exit:0@5</c> after 5 s, <c>forever</c> runs until it is asked to stop, <c>deaf</c> until it is killed, <c>slow:4</c> needs 4 s to
/// stop, <c>oom</c> is killed for lack of memory, <c>missing</c> cannot be started.
/// </summary>
internal sealed class StepBench
{
    public const string Handle = "instance-1";

    public StepBench(VirtualWorld world)
    {
        World = world;
        Runtime = new SimulatedRuntime(new SimulationScript { Process = (_, id, spec) => Plan(id, spec) }, world.Time);
        Store = new MemoryJournal(world.Time, () => Guid.Empty);
    }

    public VirtualWorld World { get; }

    public SimulatedRuntime Runtime { get; }

    public IFileTransfer Files { get; set; } = new NoFileTransfer();

    public MemoryJournal Store { get; }

    /// <summary>Ids of processes in the order in which they actually started.</summary>
    public List<string> Started { get; } = [];

    public StopSignal Stop { get; private set; } = new();

    public ContainerLog Log { get; private set; } = null!;

    /// <summary>The journal of the latest rep.</summary>
    public ContainerJournal Journal { get; private set; } = null!;

    public bool Ready { get; private set; }

    public IEnumerable<string> Lines => Log.Read(0, 0).Lines.Select(line => $"{line.Source}: {line.Text}");

    public TimeSpan StopDelay { get; set; }

    public static async Task<StepBench> CreateAsync(VirtualWorld world)
    {
        var bench = new StepBench(world);
        await bench.Runtime.CreateAsync(new ContainerSpec { Handle = Handle, RootFs = "preloaded:linux" }, default);
        return bench;
    }

    /// <summary>Builds the action's steps on the existing journal, as a new rep would, and runs them.</summary>
    public async Task<StepResult> RunAsync(LrpAction action, CancellationToken detach = default)
    {
        var context = await ContextAsync();
        Stop = new StopSignal();
        if (context.Journal.Entry.StopRequestedAt is { } at)
            Stop.Request(at);
        return await StepBuilder.Build(context, action, "action").RunAsync(Stop, () => Ready = true, detach);
    }

    public async Task<StepContext> ContextAsync()
    {
        Log = new ContainerLog(World.Time);
        var entry =
            (await Store.OpenAsync(default)).Entries.SingleOrDefault()
            ?? new JournalEntry
            {
                ContainerGuid = Handle,
                Domain = "tests",
                Demand = new Demand("preloaded:linux", 1, 1),
                Work = [],
            };
        Journal = new ContainerJournal(Store, entry, failure => throw failure);
        return new StepContext
        {
            Handle = Handle,
            Runtime = Runtime,
            Journal = Journal,
            Log = Log,
            Time = World.Time,
            Environment = [],
            LogSource = "APP",
            StopDelay = StopDelay,
            Grace = TimeSpan.FromSeconds(10),
            Files = Files,
        };
    }

    public static SimulatedProcessPlan PlanOf(string path)
    {
        var (verb, argument) = path.Split(':', 2) is [var name, var rest] ? (name, rest) : (path, "");
        return verb switch
        {
            "exit" => argument.Split('@', 2) is [var code, var seconds]
                ? new SimulatedProcessPlan { ExitCode = Number(code), RunsFor = TimeSpan.FromSeconds(Number(seconds)) }
                : SimulatedProcessPlan.Exits(Number(argument)),
            "forever" => SimulatedProcessPlan.RunsForEver,
            "deaf" => new SimulatedProcessPlan { TerminateTakes = null },
            "slow" => new SimulatedProcessPlan { TerminateTakes = TimeSpan.FromSeconds(Number(argument)) },
            "oom" => new SimulatedProcessPlan
            {
                RunsFor = TimeSpan.FromSeconds(1),
                ExitCode = 137,
                OutOfMemory = true,
            },
            "missing" => new SimulatedProcessPlan { StartFailure = "no such file: missing" },
            _ => throw new ArgumentException($"no plan for {path}"),
        };
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private SimulatedProcessPlan Plan(string id, ProcessSpec spec)
    {
        Started.Add(id);
        return PlanOf(spec.Path);
    }
}
