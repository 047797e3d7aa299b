using Grpc.Core;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Roles;
using Scheduler.Models;
using Scheduler.Simulation.Store;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Bbs;

/// <summary>Changes of clients in batches, through the BBS's real listener.</summary>
public sealed class ChangeTests : IAsyncLifetime
{
    private readonly TestAuthority _authority = new();
    private BbsHost _bbs = null!;
    private CallInvoker _client = null!;

    public async ValueTask InitializeAsync()
    {
        _bbs = await BbsHost.StartAsync(new InMemoryBbsStore(TimeProvider.System), "node-1", authority: _authority);
        _client = _bbs.InvokerAs("operator", PeerRoles.Client);
        await Wait.UntilAsync(async () => await AnswersAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await _bbs.DisposeAsync();
        _authority.Dispose();
    }

    [Fact]
    public async Task Changes_are_decided_in_order_and_answered_each_on_its_own()
    {
        var task = A.Task("job");
        var answers = await ApplyAsync(
            Desire("web", 2),
            Desire("web", 1),
            new Change
            {
                UpdateLrp = new UpdateDesiredLRPRequest
                {
                    ProcessGuid = "web",
                    Update = new DesiredLRPUpdate { Instances = 3 },
                },
            },
            new Change { DesireLrp = new DesireLRPRequest { DesiredLrp = new DesiredLRP { ProcessGuid = "broken" } } },
            new Change { Retire = new RetireActualLRPRequest { ActualLrpKey = A.Key("web", 2) } },
            new Change { RemoveLrp = new RemoveDesiredLRPRequest { ProcessGuid = "nobody" } },
            new Change { DesireTask = task },
            new Change { ResolveTask = new ResolveTaskRequest { TaskGuid = "job" } },
            new Change { CancelTask = new CancelTaskRequest { TaskGuid = "job" } },
            new Change { ResolveTask = new ResolveTaskRequest { TaskGuid = "job" } },
            new Change { DeleteTask = new DeleteTaskRequest { TaskGuid = "job" } },
            new Change(),
            Desire("db", 1),
            new Change { RemoveLrp = new RemoveDesiredLRPRequest { ProcessGuid = "db" } }
        );

        Assert.Equal(
            [
                null,
                ErrorKind.ResourceExists,
                null,
                ErrorKind.InvalidRequest,
                null,
                ErrorKind.ResourceNotFound,
                null,
                ErrorKind.InvalidStateTransition,
                null,
                null,
                null,
                ErrorKind.InvalidRequest,
                null,
                null,
            ],
            answers.Select(answer => answer.Error is { } error ? (ErrorKind?)error.Type : null)
        );
        Assert.Contains(answers[3].Error.Violations, violation => violation.Field == "desired_lrp.domain");
        Assert.Equal("change", Assert.Single(answers[11].Error.Violations).Field);
        Assert.All(new[] { 0, 2, 6, 12, 13 }, made => Assert.True(answers[made].Revision > 0));
        Assert.Equal(["web"], (await LrpsAsync()).Select(lrp => lrp.ProcessGuid));
        Assert.Equal(3, Assert.Single(await LrpsAsync()).Instances);
    }

    [Fact]
    public async Task A_batch_takes_a_thousand_changes()
    {
        var answers = await ApplyAsync([.. Enumerable.Range(0, 1_000).Select(i => Desire($"app-{i:0000}", 1))]);
        Assert.All(answers, answer => Assert.Null(answer.Error));
        Assert.Equal(1_000, (await LrpsAsync()).Count);
    }

    [Fact]
    public async Task A_batch_that_is_too_long_changes_nothing()
    {
        var refused = await Assert.ThrowsAsync<DomainException>(() =>
            ApplyAsync([.. Enumerable.Range(0, 1_001).Select(i => Desire($"app-{i}", 1))])
        );
        Assert.Equal("changes", Assert.Single(refused.Error.Violations).Field);
        Assert.Empty(await LrpsAsync());
    }

    [Theory]
    [InlineData(PeerRoles.Rep)]
    [InlineData(PeerRoles.Converger)]
    public async Task Only_clients_may_call_it(PeerRoles role)
    {
        var other = new ChangeService.ChangeServiceClient(_bbs.InvokerAs("cell-1", role));
        var refused = await Assert.ThrowsAsync<DomainException>(async () =>
            await other.ApplyAsync(new ApplyChangesRequest { Changes = { Desire("web", 1) } })
        );
        Assert.Equal(ErrorKind.PermissionDenied, refused.Kind);
        Assert.Empty(await LrpsAsync());
    }

    private static Change Desire(string processGuid, int instances) =>
        new() { DesireLrp = new DesireLRPRequest { DesiredLrp = A.DesiredLrp(processGuid, instances) } };

    private async Task<IReadOnlyList<ChangeAnswer>> ApplyAsync(params Change[] changes) =>
        (await new ChangeService.ChangeServiceClient(_client).ApplyAsync(new ApplyChangesRequest { Changes = { changes } })).Answers;

    private async Task<List<DesiredLRP>> LrpsAsync()
    {
        using var call = new DesiredLRPService.DesiredLRPServiceClient(_client).List(new ListDesiredLRPsRequest());
        var lrps = new List<DesiredLRP>();
        await foreach (var page in call.ResponseStream.ReadAllAsync())
            lrps.AddRange(page.DesiredLrps);
        return lrps;
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await new DomainService.DomainServiceClient(_client).ListAsync(new ListDomainsRequest());
            return true;
        }
        catch (DomainException)
        {
            return false;
        }
    }
}
