using Scheduler.Bbs.Storage;
using Scheduler.Simulation.Store;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Storage;

/// <summary>The double that other tests rely on keeps the same contract.</summary>
public sealed class InMemoryStoreTests : StoreConformance
{
    private readonly ManualTimeProvider _time = new();
    private readonly InMemoryDatabase _database = new();

    protected override IBbsStore OpenNode() => new InMemoryBbsStore(_database, _time);

    protected override Task LetTermRunOutAsync()
    {
        _time.Advance(Ttl);
        return Task.CompletedTask;
    }
}
