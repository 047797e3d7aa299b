using Scheduler.Rep.Runtime;
using Scheduler.Tests.Integration.Containers;

namespace Scheduler.Tests.Integration.Conformance;

public sealed class RuncConformanceTests(RuncConformanceTests.Cell cell)
    : RuntimeConformance(cell),
        IClassFixture<RuncConformanceTests.Cell>
{
    public sealed class Cell : ConformanceCell
    {
        private readonly CellFixture _fixture = new();

        public override RuntimeKind Kind => RuntimeKind.Runc;

        public override IReadOnlyDictionary<Ability, string> Lacks { get; } = new Dictionary<Ability, string>();

        public override string Directory => _fixture.Directory;

        public override ValueTask InitializeAsync() => _fixture.InitializeAsync();

        public override ValueTask DisposeAsync() => _fixture.DisposeAsync();

        public override ContainerSpec Spec(string handle) => CellFixture.Spec(handle);

        public override IReadOnlyList<string> TracesOf(string handle) => _fixture.TracesOf(handle);

        protected override Task EnterAsync(Func<Task> body) => _fixture.Namespace.RunAsync(body);

        protected override async Task<IContainerRuntime> StartAsync() => await _fixture.StartAsync();
    }
}
