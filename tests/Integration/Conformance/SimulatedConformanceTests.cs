using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Simulated;

namespace Scheduler.Tests.Integration.Conformance;

/// <summary>Simulated containers keep the same promises, as far as nothing has to run.</summary>
public sealed class SimulatedConformanceTests(SimulatedConformanceTests.Cell cell)
    : RuntimeConformance(cell),
        IClassFixture<SimulatedConformanceTests.Cell>
{
    public sealed class Cell : ConformanceCell
    {
        private const string NoMachine = "there is no machine, only what a script says";

        // Keeping the object is what a restart of the rep is to a simulated machine.
        private readonly SimulatedRuntime _runtime = new(
            new SimulationScript { Process = (_, _, spec) => Plan(spec) },
            TimeProvider.System
        );

        public override RuntimeKind Kind => RuntimeKind.Simulated;

        public override IReadOnlyDictionary<Ability, string> Lacks { get; } =
            Enum.GetValues<Ability>().Where(ability => ability is not Ability.Sessions).ToDictionary(ability => ability, _ => NoMachine);

        public override string Directory => "/nonexistent";

        public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

        public override ContainerSpec Spec(string handle) => new() { Handle = handle, RootFs = "preloaded:busybox" };

        public override IReadOnlyList<string> TracesOf(string handle) => _runtime.Handles.Contains(handle) ? [handle] : [];

        protected override Task EnterAsync(Func<Task> body) => body();

        protected override async Task<IContainerRuntime> StartAsync()
        {
            await _runtime.PreflightAsync(CancellationToken.None);
            return _runtime;
        }

        /// <summary>Understands echo and exit; what it does not understand runs until it is told to end.</summary>
        private static SimulatedProcessPlan Plan(ProcessSpec spec)
        {
            if (spec.Path != "/bin/sh")
                return SimulatedProcessPlan.RunsForEver;
            var words = spec.Args[^1].Split("; ").Select(command => command.Split(' ', 2)).ToList();
            var plan = SimulatedProcessPlan.RunsForEver with
            {
                Output = [.. words.Where(word => word[0] == "echo").Select(word => word[1])],
            };
            return words.Find(word => word[0] == "exit") is { } exit
                ? plan with
                {
                    RunsFor = TimeSpan.Zero,
                    ExitCode = int.Parse(exit[1], System.Globalization.CultureInfo.InvariantCulture),
                }
                : plan;
        }
    }
}
