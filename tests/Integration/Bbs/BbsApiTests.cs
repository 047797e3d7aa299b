using Grpc.Core;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Simulation.Store;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Bbs;

/// <summary>The BBS through its real listener, as its clients see it.</summary>
public sealed class BbsApiTests : IAsyncLifetime
{
    private BbsHost _bbs = null!;

    public async ValueTask InitializeAsync()
    {
        _bbs = await BbsHost.StartAsync(new InMemoryBbsStore(TimeProvider.System), "node-1");
        await Wait.UntilAsync(async () => await Answers());
    }

    public async ValueTask DisposeAsync() => await _bbs.DisposeAsync();

    [Fact]
    public async Task A_desired_lrp_runs_from_claim_to_start_and_is_listed()
    {
        await _bbs.DesiredLrps.DesireAsync(new DesireLRPRequest { DesiredLrp = A.DesiredLrp("web", 2) });
        var claim = await _bbs.CellLrps.ClaimAsync(A.Claim("web", 1, A.Instance("i-1")));
        Assert.Equal("web", claim.DesiredLrp.ProcessGuid);
        await _bbs.CellLrps.StartAsync(A.Start("web", 1, A.Instance("i-1")));

        var rows = await ListAsync(new ListActualLRPsRequest { Domain = "apps" });
        Assert.Equal([("UNCLAIMED", 0), ("RUNNING", 1)], rows.Select(row => (row.State, row.ActualLrpKey.Index)));
        Assert.Equal(
            "i-1",
            Assert.Single(await ListAsync(new ListActualLRPsRequest { CellId = "cell-1" })).ActualLrpInstanceKey.InstanceGuid
        );
        Assert.Empty(await ListAsync(new ListActualLRPsRequest { CellId = "cell-2" }));
    }

    [Fact]
    public async Task A_bad_request_names_every_field_and_changes_nothing()
    {
        var lrp = A.DesiredLrp("no spaces allowed");
        lrp.MemoryMb = -1;
        lrp.Ports.Add([8080, 8080]);
        lrp.Action = null;

        var refused = await Assert.ThrowsAsync<DomainException>(async () =>
            await _bbs.DesiredLrps.DesireAsync(new DesireLRPRequest { DesiredLrp = lrp })
        );

        Assert.Equal(ErrorKind.InvalidRequest, refused.Kind);
        Assert.Equal(
            ["desired_lrp.process_guid", "desired_lrp.memory_mb", "desired_lrp.ports[1]", "desired_lrp.action"],
            refused.Error.Violations.Select(violation => violation.Field)
        );
        Assert.Empty(await ListAsync(new ListActualLRPsRequest()));
    }

    [Fact]
    public async Task A_filter_on_an_unknown_domain_is_an_error_and_not_an_empty_list()
    {
        var refused = await Assert.ThrowsAsync<DomainException>(() => ListAsync(new ListActualLRPsRequest { Domain = "aps" }));
        Assert.Equal(ErrorKind.ResourceNotFound, refused.Kind);
        Assert.Equal("domain", Assert.Single(refused.Error.Violations).Field);

        await _bbs.Domains.UpsertAsync(new UpsertDomainRequest { Domain = "aps" });
        Assert.Empty(await ListAsync(new ListActualLRPsRequest { Domain = "aps" }));
    }

    [Fact]
    public async Task Large_lists_come_in_pages_of_one_revision()
    {
        await _bbs.DesiredLrps.DesireAsync(new DesireLRPRequest { DesiredLrp = A.DesiredLrp("web", 2_500) });
        using var call = _bbs.ActualLrps.List(new ListActualLRPsRequest());
        var pages = new List<ListActualLRPsResponse>();
        await foreach (var page in call.ResponseStream.ReadAllAsync())
            pages.Add(page);

        Assert.Equal([100, 1_000, 1_000, 400], pages.Select(page => page.ActualLrps.Count));
        Assert.Single(pages.Select(page => page.Revision).Distinct());
        Assert.Equal(Enumerable.Range(0, 2_500), pages.SelectMany(page => page.ActualLrps).Select(row => row.ActualLrpKey.Index));
    }

    [Fact]
    public async Task A_follower_gets_the_state_and_then_what_changes_and_can_resume()
    {
        await _bbs.DesiredLrps.DesireAsync(new DesireLRPRequest { DesiredLrp = A.DesiredLrp("web") });
        using var patience = new CancellationTokenSource(Wait.Patience);
        ulong seen;
        using (var call = _bbs.Events.Follow(new FollowRequest { Snapshot = true, Lrps = true }, cancellationToken: patience.Token))
        {
            Assert.Equal(Event.PayloadOneofCase.DesiredLrpCreated, (await NextAsync(call, patience.Token)).PayloadCase);
            Assert.Equal(Event.PayloadOneofCase.ActualLrpInstanceCreated, (await NextAsync(call, patience.Token)).PayloadCase);
            Assert.Equal(Event.PayloadOneofCase.SnapshotComplete, (await NextAsync(call, patience.Token)).PayloadCase);

            await _bbs.CellLrps.ClaimAsync(A.Claim("web", 0, A.Instance("i-1")));
            var changed = await NextAsync(call, patience.Token);
            Assert.Equal("CLAIMED", changed.ActualLrpInstanceChanged.After.State);
            seen = changed.Revision;
        }

        await _bbs.CellLrps.StartAsync(A.Start("web", 0, A.Instance("i-1")));
        using var resumed = _bbs.Events.Follow(new FollowRequest { AfterRevision = seen }, cancellationToken: patience.Token);
        Assert.Equal(Event.PayloadOneofCase.Heartbeat, (await NextAsync(resumed, patience.Token)).PayloadCase);
        Assert.Equal("RUNNING", (await NextAsync(resumed, patience.Token)).ActualLrpInstanceChanged.After.State);
    }

    [Fact]
    public async Task A_revision_that_was_never_committed_is_gone()
    {
        using var call = _bbs.Events.Follow(new FollowRequest { AfterRevision = 1_000_000 });
        var refused = await Assert.ThrowsAsync<DomainException>(() => call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(ErrorKind.RevisionGone, refused.Kind);
    }

    [Fact]
    public async Task A_tasks_callback_is_made_and_the_task_deleted()
    {
        await _bbs.Tasks.DesireAsync(A.Task("job", "http://client/done"));
        Assert.True((await _bbs.CellTasks.StartAsync(new StartTaskRequest { TaskGuid = "job", CellId = "cell-1" })).ShouldStart);
        await _bbs.CellTasks.CompleteAsync(
            new CompleteTaskRequest
            {
                TaskGuid = "job",
                CellId = "cell-1",
                Result = "42",
            }
        );

        await Wait.UntilAsync(() => _bbs.Clients.Callbacks.Bodies.Count == 1);
        Assert.StartsWith(
            """{"task_guid":"job","failed":false,"failure_reason":"","result":"42","created_at":""",
            Assert.Single(_bbs.Clients.Callbacks.Bodies),
            StringComparison.Ordinal
        );
        await Wait.UntilAsync(async () => await IsGoneAsync("job"));
    }

    [Fact]
    public async Task Starts_wait_for_an_auctioneer_and_then_reach_it()
    {
        await _bbs.DesiredLrps.DesireAsync(new DesireLRPRequest { DesiredLrp = A.DesiredLrp("web", 3) });
        await _bbs.Tasks.DesireAsync(A.Task("job"));
        _bbs.Clients.Auctioneer.Refusals = 2;
        await _bbs.Locks.AcquireAsync(
            new AcquireLockRequest
            {
                Lock = new LockEntry
                {
                    Key = "auctioneer",
                    Owner = "run-1",
                    Value = "http://auctioneer:9016",
                },
                TtlMs = 15_000,
            }
        );

        await Wait.UntilAsync(() => _bbs.Clients.Auctioneer.Starts.Count >= 4);
        Assert.Equal(["web/0", "web/1", "web/2", "job"], _bbs.Clients.Auctioneer.Starts);
    }

    [Fact]
    public async Task Scaling_down_asks_the_cell_to_stop_the_highest_index()
    {
        await _bbs.Presences.AnnounceAsync(
            new AnnounceCellRequest
            {
                Presence = A.Cell("cell-1"),
                Owner = "run-1",
                TtlMs = 15_000,
            }
        );
        await _bbs.DesiredLrps.DesireAsync(new DesireLRPRequest { DesiredLrp = A.DesiredLrp("web", 2) });
        foreach (var index in (int[])[0, 1])
            await _bbs.CellLrps.StartAsync(A.Start("web", index, A.Instance($"i-{index}")));

        await _bbs.DesiredLrps.UpdateAsync(
            new UpdateDesiredLRPRequest
            {
                ProcessGuid = "web",
                Update = new DesiredLRPUpdate { Instances = 1 },
            }
        );

        await Wait.UntilAsync(() => _bbs.Clients.Reps.Calls.Count == 1);
        Assert.Equal("stop web/1 on http://cell-1:1801", Assert.Single(_bbs.Clients.Reps.Calls));
    }

    [Fact]
    public async Task An_lrp_of_the_largest_size_passes_as_request_event_and_page_and_a_larger_one_does_not()
    {
        var lrp = A.DesiredLrp("large");
        lrp.VolumeMountedFiles.Add(new MountedFile { Path = "/etc/large", Content = new string('x', 1_048_576) });
        await _bbs.DesiredLrps.DesireAsync(new DesireLRPRequest { DesiredLrp = lrp });
        await _bbs.DesiredLrps.UpdateAsync(
            new UpdateDesiredLRPRequest
            {
                ProcessGuid = "large",
                Update = new DesiredLRPUpdate { Annotation = "changed" },
            }
        );
        using var call = _bbs.Events.Follow(new FollowRequest { AfterRevision = 1, Lrps = true });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal("changed", call.ResponseStream.Current.DesiredLrpChanged.After.Annotation);

        lrp.ProcessGuid = "larger";
        lrp.EnvironmentVariables.Add(
            Enumerable.Range(0, 10).Select(n => new EnvironmentVariable { Name = $"LARGE_{n}", Value = new string('x', 100_000) })
        );
        var refused = await Assert.ThrowsAsync<DomainException>(async () =>
            await _bbs.DesiredLrps.DesireAsync(new DesireLRPRequest { DesiredLrp = lrp })
        );
        Assert.Equal("desired_lrp", Assert.Single(refused.Error.Violations).Field);
    }

    private static async Task<Event> NextAsync(AsyncServerStreamingCall<Event> call, CancellationToken cancellationToken)
    {
        Assert.True(await call.ResponseStream.MoveNext(cancellationToken));
        return call.ResponseStream.Current;
    }

    private async Task<List<ActualLRP>> ListAsync(ListActualLRPsRequest request)
    {
        using var call = _bbs.ActualLrps.List(request);
        var rows = new List<ActualLRP>();
        await foreach (var page in call.ResponseStream.ReadAllAsync())
            rows.AddRange(page.ActualLrps);
        return rows;
    }

    private async Task<bool> IsGoneAsync(string taskGuid)
    {
        try
        {
            await _bbs.Tasks.GetAsync(new GetTaskRequest { TaskGuid = taskGuid });
            return false;
        }
        catch (DomainException e) when (e.Kind == ErrorKind.ResourceNotFound)
        {
            return true;
        }
    }

    private async Task<bool> Answers()
    {
        try
        {
            await _bbs.Cells.ListAsync(new ListCellsRequest());
            return true;
        }
        catch (DomainException e) when (e.Kind is ErrorKind.NotActive or ErrorKind.Unavailable)
        {
            return false;
        }
    }
}
