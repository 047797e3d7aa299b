using Microsoft.Extensions.Time.Testing;
using Scheduler.Bbs.Storage;
using Scheduler.Simulation.Store;

namespace Scheduler.Tests.Integration.Storage;

/// <summary>The in-memory store, which other tests use, fulfils the same contract.</summary>
public sealed class InMemoryStoreTests : StoreConformance
{
    private readonly FakeTimeProvider _time = new();
    private readonly InMemoryDatabase _database = new();

    protected override IBbsStore OpenNode() => new InMemoryBbsStore(_database, _time);

    protected override Task LetTermRunOutAsync()
    {
        _time.Advance(Ttl);
        return Task.CompletedTask;
    }
}
