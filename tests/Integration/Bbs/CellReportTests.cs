using Grpc.Core;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Roles;
using Scheduler.Models;
using Scheduler.Rep.Bbs;
using Scheduler.Simulation.Store;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Bbs;

/// <summary>Reports of cells in batches, through the BBS's real listener.</summary>
public sealed class CellReportTests : IAsyncLifetime
{
    private readonly TestAuthority _authority = new();
    private BbsHost _bbs = null!;
    private CallInvoker _cell = null!;
    private CallInvoker _client = null!;

    public async ValueTask InitializeAsync()
    {
        _bbs = await BbsHost.StartAsync(new InMemoryBbsStore(TimeProvider.System), "node-1", authority: _authority);
        _cell = _bbs.InvokerAs("cell-1", PeerRoles.Rep);
        _client = _bbs.InvokerAs("operator", PeerRoles.Client);
        await Wait.UntilAsync(async () => await AnswersAsync());
        await DesireAsync(A.DesiredLrp("web", 3));
        await DesireAsync(A.DesiredLrp("db"));
    }

    public async ValueTask DisposeAsync()
    {
        await _bbs.DisposeAsync();
        _authority.Dispose();
    }

    [Fact]
    public async Task Reports_are_decided_in_order_and_answered_each_on_its_own()
    {
        var response = await ReportAsync(
            Claim("web", 0),
            new WorkReport { Start = A.Start("web", 0, A.Instance("web-0")) },
            Claim("nobody", 0),
            Claim("web", 0, "another"),
            new WorkReport { Claim = A.Claim("", 0, A.Instance("x")) },
            new WorkReport(),
            Claim("db", 0, "elsewhere", "cell-2"),
            Claim("web", 1)
        );

        Assert.Equal(
            [
                null,
                null,
                ErrorKind.ResourceNotFound,
                ErrorKind.ActualLrpCannotBeClaimed,
                ErrorKind.InvalidRequest,
                ErrorKind.InvalidRequest,
                ErrorKind.PermissionDenied,
                null,
            ],
            response.Answers.Select(answer => answer.Error is { } error ? (ErrorKind?)error.Type : null)
        );
        Assert.Equal("process_guid", Assert.Single(response.Answers[4].Error.Violations).Field);
        Assert.Equal(
            [("RUNNING", 0), ("CLAIMED", 1), ("UNCLAIMED", 2)],
            (await RowsAsync("web")).Select(row => (row.State, row.ActualLrpKey.Index))
        );
    }

    [Fact]
    public async Task A_response_has_each_definition_once()
    {
        var response = await ReportAsync(Claim("web", 0), Claim("db", 0), Claim("web", 1));

        Assert.Equal(["web", "db", null], response.Answers.Select(answer => answer.Claim.DesiredLrp?.ProcessGuid));
        Assert.Equal(response.Answers[0].Claim.DesiredLrp.ModificationTag, response.Answers[2].Claim.CurrentDefinition);
    }

    [Fact]
    public async Task A_definition_that_the_cell_has_is_not_sent_until_it_changes()
    {
        var cell = new GrpcBbsCalls(_cell, TimeSpan.FromSeconds(30), TimeProvider.System);
        var first = await cell.ClaimAsync(A.Claim("web", 0, A.Instance("web-0")), CancellationToken.None);
        var second = await cell.ClaimAsync(A.Claim("web", 1, A.Instance("web-1")), CancellationToken.None);
        Assert.Same(first.DesiredLrp, second.DesiredLrp);

        await new DesiredLRPService.DesiredLRPServiceClient(_client).UpdateAsync(
            new UpdateDesiredLRPRequest
            {
                ProcessGuid = "web",
                Update = new DesiredLRPUpdate { Annotation = "changed" },
            }
        );
        var third = await cell.ClaimAsync(A.Claim("web", 2, A.Instance("web-2")), CancellationToken.None);
        Assert.Equal(("", "changed"), (second.DesiredLrp.Annotation, third.DesiredLrp.Annotation));
    }

    [Fact]
    public async Task Definitions_that_do_not_fit_into_a_response_are_sent_when_the_reports_are_repeated()
    {
        List<WorkReport> reports = [];
        for (var i = 0; i < 6; i++)
        {
            var large = A.DesiredLrp($"large-{i}");
            for (var j = 0; j < 12; j++)
                large.EnvironmentVariables.Add(new EnvironmentVariable { Name = $"V{j}", Value = new string('x', 100_000) });
            await DesireAsync(large);
            reports.Add(Claim($"large-{i}", 0));
        }

        var first = await ReportAsync([.. reports]);
        Assert.All(first.Answers.Take(4), answer => Assert.NotNull(answer.Claim.DesiredLrp));
        Assert.All(first.Answers.Skip(4), answer => Assert.Equal(Error.Types.Type.Overloaded, answer.Error.Type));
        var second = await ReportAsync([.. reports.Skip(4)]);
        Assert.All(second.Answers, answer => Assert.NotNull(answer.Claim.DesiredLrp));
    }

    [Fact]
    public async Task Too_many_reports_are_refused_before_any_is_decided()
    {
        var refused = await Assert.ThrowsAsync<DomainException>(() =>
            ReportAsync([Claim("web", 0), .. Enumerable.Repeat(new WorkReport(), 1_000)])
        );

        Assert.Equal("reports: must be at most 1000", refused.Message);
        Assert.All(await RowsAsync("web"), row => Assert.Equal("UNCLAIMED", row.State));
    }

    [Fact]
    public async Task The_calls_of_a_cell_do_what_their_single_forms_do()
    {
        var calls = new GrpcBbsCalls(_cell, TimeSpan.FromSeconds(30), TimeProvider.System);
        var ended = CancellationToken.None;
        await calls.ClaimAsync(A.Claim("web", 0, A.Instance("i-0")), ended);
        await calls.StartAsync(A.Start("web", 0, A.Instance("i-0")), ended);
        await calls.CrashAsync(A.Crash("web", 0, A.Instance("i-0")), ended);
        await calls.StartAsync(A.Start("web", 1, A.Instance("i-1")), ended);
        var evacuated = await calls.EvacuateRunningAsync(
            new EvacuateRunningActualLRPRequest
            {
                ActualLrpKey = A.Key("web", 1),
                ActualLrpInstanceKey = A.Instance("i-1"),
                ActualLrpNetInfo = A.NetInfo(),
            },
            ended
        );
        Assert.True(evacuated.KeepContainer);
        await calls.RemoveEvacuatingAsync(Evacuate("web", 1, "i-1"), ended);
        await calls.StartAsync(A.Start("web", 2, A.Instance("i-2")), ended);
        await calls.EvacuateStoppedAsync(Evacuate("web", 2, "i-2"), ended);
        await calls.ClaimAsync(A.Claim("db", 0, A.Instance("d-0")), ended);
        Assert.False((await calls.EvacuateClaimedAsync(Evacuate("db", 0, "d-0"), ended)).KeepContainer);
        await calls.StartAsync(A.Start("db", 0, A.Instance("d-1")), ended);
        await calls.EvacuateCrashedAsync(
            new EvacuateCrashedActualLRPRequest
            {
                ActualLrpKey = A.Key("db"),
                ActualLrpInstanceKey = A.Instance("d-1"),
                ErrorMessage = "why",
            },
            ended
        );

        var web = await RowsAsync("web");
        Assert.Equal([0, 1], web.Select(row => row.ActualLrpKey.Index));
        Assert.Equal(1, web[0].CrashCount);
        Assert.Equal("UNCLAIMED", web[1].State);

        foreach (var guid in (string[])["job-1", "job-2"])
            await new TaskService.TaskServiceClient(_client).DesireAsync(A.Task(guid));
        var started = await calls.StartTaskAsync(new StartTaskRequest { TaskGuid = "job-1", CellId = "cell-1" }, ended);
        Assert.Equal((true, "job-1"), (started.ShouldStart, started.Task.TaskGuid));
        Assert.False((await calls.StartTaskAsync(new StartTaskRequest { TaskGuid = "job-1", CellId = "cell-1" }, ended)).ShouldStart);
        await calls.CompleteTaskAsync(
            new CompleteTaskRequest
            {
                TaskGuid = "job-1",
                CellId = "cell-1",
                Result = "42",
            },
            ended
        );
        await calls.RejectTaskAsync(
            new RejectTaskRequest
            {
                TaskGuid = "job-2",
                CellId = "cell-1",
                RejectionReason = "no room",
            },
            ended
        );
        Assert.Equal("42", (await TaskAsync("job-1")).Result);
        Assert.Equal(1, (await TaskAsync("job-2")).RejectionCount);
    }

    [Fact]
    public async Task No_report_may_be_about_another_cell()
    {
        var instance = A.Instance("i-1", "cell-2");
        var evacuate = new EvacuateActualLRPRequest { ActualLrpKey = A.Key("web"), ActualLrpInstanceKey = instance };
        WorkReport[] reports =
        [
            new() { Claim = A.Claim("web", 0, instance) },
            new() { Start = A.Start("web", 0, instance) },
            new() { Crash = A.Crash("web", 0, instance) },
            new()
            {
                Remove = new RemoveActualLRPRequest { ProcessGuid = "web", ActualLrpInstanceKey = instance },
            },
            new() { EvacuateClaimed = evacuate },
            new()
            {
                EvacuateRunning = new EvacuateRunningActualLRPRequest
                {
                    ActualLrpKey = A.Key("web"),
                    ActualLrpInstanceKey = instance,
                    ActualLrpNetInfo = A.NetInfo(),
                },
            },
            new() { EvacuateStopped = evacuate },
            new()
            {
                EvacuateCrashed = new EvacuateCrashedActualLRPRequest
                {
                    ActualLrpKey = A.Key("web"),
                    ActualLrpInstanceKey = instance,
                    ErrorMessage = "why",
                },
            },
            new() { RemoveEvacuating = evacuate },
            new()
            {
                StartTask = new StartTaskRequest { TaskGuid = "job", CellId = "cell-2" },
            },
            new()
            {
                CompleteTask = new CompleteTaskRequest { TaskGuid = "job", CellId = "cell-2" },
            },
            new()
            {
                RejectTask = new RejectTaskRequest
                {
                    TaskGuid = "job",
                    CellId = "cell-2",
                    RejectionReason = "why",
                },
            },
        ];
        Assert.Equal(WorkReport.Descriptor.Fields.InDeclarationOrder().Count, reports.Length);

        var response = await ReportAsync(reports);

        Assert.All(response.Answers, answer => Assert.Equal(Error.Types.Type.PermissionDenied, answer.Error?.Type));
    }

    private static WorkReport Claim(string processGuid, int index, string? instance = null, string cellId = "cell-1") =>
        new() { Claim = A.Claim(processGuid, index, A.Instance(instance ?? $"{processGuid}-{index}", cellId)) };

    private static EvacuateActualLRPRequest Evacuate(string processGuid, int index, string instance) =>
        new() { ActualLrpKey = A.Key(processGuid, index), ActualLrpInstanceKey = A.Instance(instance) };

    private async Task<ReportResponse> ReportAsync(params WorkReport[] reports) =>
        await new CellReportService.CellReportServiceClient(_cell).ReportAsync(new ReportRequest { Reports = { reports } });

    private async Task DesireAsync(DesiredLRP lrp) =>
        await new DesiredLRPService.DesiredLRPServiceClient(_client).DesireAsync(new DesireLRPRequest { DesiredLrp = lrp });

    private async Task<OneOffTask> TaskAsync(string guid) =>
        (await new TaskService.TaskServiceClient(_client).GetAsync(new GetTaskRequest { TaskGuid = guid })).Task;

    private async Task<List<ActualLRP>> RowsAsync(string processGuid)
    {
        using var call = new ActualLRPService.ActualLRPServiceClient(_client).List(new ListActualLRPsRequest { ProcessGuid = processGuid });
        var rows = new List<ActualLRP>();
        await foreach (var page in call.ResponseStream.ReadAllAsync())
            rows.AddRange(page.ActualLrps);
        return [.. rows.OrderBy(row => row.ActualLrpKey.Index)];
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
