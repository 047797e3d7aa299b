using Scheduler.Rep.Runtime;
using Scheduler.Tests.Integration.Containers;
using Scheduler.Tests.Integration.Docker;

namespace Scheduler.Tests.Integration.Conformance;

public sealed class DockerConformanceTests(DockerConformanceTests.Cell cell)
    : RuntimeConformance(cell),
        IClassFixture<DockerConformanceTests.Cell>
{
    public sealed class Cell : ConformanceCell
    {
        private readonly DockerFixture _engine = new();
        private DockerTestCell? _cell;

        public override RuntimeKind Kind => RuntimeKind.Docker;

        public override IReadOnlyDictionary<Ability, string> Lacks { get; } =
            new Dictionary<Ability, string>
            {
                [Ability.DiskLimits] = "the engine does not refuse writes; a container over its limit is killed",
                [Ability.UserNamespaces] = "the engine gives all containers the machine's users",
            };

        public override string Directory => Own.Directory;

        private DockerTestCell Own => _cell ?? throw new InvalidOperationException("not initialised");

        public override async ValueTask InitializeAsync()
        {
            await _engine.InitializeAsync();
            _cell = new DockerTestCell(_engine);
        }

        public override async ValueTask DisposeAsync()
        {
            try
            {
                await Own.DisposeAsync();
            }
            finally
            {
                await _engine.DisposeAsync();
            }
        }

        public override ContainerSpec Spec(string handle) => CellFixture.Spec(handle);

        public override IReadOnlyList<string> TracesOf(string handle) => Own.TracesOf(handle);

        protected override Task EnterAsync(Func<Task> body) => Own.EnterAsync(body);

        protected override async Task<IContainerRuntime> StartAsync() => await Own.StartAsync();
    }
}
