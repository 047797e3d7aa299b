using Microsoft.Extensions.DependencyInjection;
using Scheduler.Contracts.V1;
using Scheduler.Hosting;
using Scheduler.Hosting.Channels;
using Scheduler.Hosting.Ops;
using Scheduler.Models;
using Scheduler.Rep;
using Scheduler.Rep.Runtime.Simulated;
using Scheduler.Simulation.Store;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Rep;

/// <summary>
/// A cell with its real listener, between a real BBS and a client in the role of the auctioneer; containers are simulated.
/// </summary>
public sealed class RepApiTests : IAsyncLifetime
{
    private readonly SimulationScript _script = new();
    private readonly ChannelFactory _channels = new(null, new ChannelOptions());
    private SimulatedRuntime _runtime = null!;
    private BbsHost _bbs = null!;
    private ComponentHost _host = null!;

    private RepService.RepServiceClient Rep => new(_channels.Invoker(_host.Url));

    public async ValueTask InitializeAsync()
    {
        _runtime = new SimulatedRuntime(_script, TimeProvider.System);
        _bbs = await BbsHost.StartAsync(new InMemoryBbsStore(TimeProvider.System), "node-1");
        _host = await StartRepAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopRepAsync();
        await _bbs.DisposeAsync();
        _channels.Dispose();
    }

    [Fact]
    public async Task The_cell_is_known_and_ready()
    {
        var cell = Assert.Single((await _bbs.Cells.ListAsync(new ListCellsRequest())).Cells);

        Assert.Equal(("cell-1", "z1", _host.Url), (cell.CellId, cell.Zone, cell.RepUrl));
        Assert.Equal(1000, cell.Capacity.MemoryMb);
        Assert.True(_host.Services.GetRequiredService<Readiness>().IsReady);
    }

    [Fact]
    public async Task Work_is_taken_run_told_and_stopped_and_the_state_stream_follows()
    {
        using var state = Rep.StreamState(new StreamStateRequest());
        Assert.True(await state.ResponseStream.MoveNext(default));
        var full = state.ResponseStream.Current.Full;
        Assert.Equal(("cell-1", 1000, 0), (full.CellId, full.Available.MemoryMb, full.Work.Count));

        await _bbs.DesiredLrps.DesireAsync(new DesireLRPRequest { DesiredLrp = Lrp() });
        var answer = await Rep.PerformWorkAsync(Work(Offer("web", 100), Offer("large", 2000)));
        Assert.Equal("insufficient resources: memory", Assert.Single(answer.RefusedLrps).Reason);
        Assert.Equal(full.Incarnation, answer.Incarnation);
        Assert.True(answer.StateRevision > full.Revision);

        var guid = "";
        var revision = full.Revision;
        while (guid.Length == 0 || revision < answer.StateRevision)
        {
            Assert.True(await state.ResponseStream.MoveNext(default));
            var change = state.ResponseStream.Current.Change;
            Assert.Equal(revision, change.PreviousRevision);
            revision = change.Revision;
            if (change.Upserted.FirstOrDefault(work => work.State == CellWork.Types.State.Running) is { } running)
                guid = running.ContainerGuid;
        }

        var row = await RowAsync(row => row.State == ActualLrpStateNames.Running);
        Assert.Equal(guid, row.ActualLrpInstanceKey.InstanceGuid);
        Assert.Equal(8080u, row.ActualLrpNetInfo.Ports.Single().ContainerPort);

        await Rep.StopLRPAsync(new StopLRPRequest { ActualLrpKey = row.ActualLrpKey, ActualLrpInstanceKey = row.ActualLrpInstanceKey });
        while (!state.ResponseStream.Current.Change.RemovedContainerGuids.Contains(guid))
            Assert.True(await state.ResponseStream.MoveNext(default));
        Assert.Equal(1000, state.ResponseStream.Current.Change.Available.MemoryMb);
    }

    [Fact]
    public async Task Logs_follow_until_the_container_is_gone()
    {
        _script.Process = (_, _, _) => new SimulatedProcessPlan { Output = ["hello"], TerminateTakes = TimeSpan.FromMilliseconds(100) };
        await _bbs.DesiredLrps.DesireAsync(new DesireLRPRequest { DesiredLrp = Lrp() });
        await Rep.PerformWorkAsync(Work(Offer("web", 100)));
        var row = await RowAsync(row => row.State == ActualLrpStateNames.Running);
        using var logs = Rep.StreamLogs(new StreamLogsRequest { ContainerGuid = row.ActualLrpInstanceKey.InstanceGuid, Follow = true });
        var lines = new List<string>();
        while (await logs.ResponseStream.MoveNext(default))
        {
            var line = logs.ResponseStream.Current;
            lines.Add($"{line.Source}: {line.Text}");
            Assert.InRange(
                DateTimeOffset.FromUnixTimeMilliseconds(line.Timestamp / 1_000_000),
                DateTimeOffset.UtcNow.AddMinutes(-5),
                DateTimeOffset.UtcNow.AddMinutes(5)
            );
            if (line.Text == "hello")
                await Rep.StopLRPAsync(
                    new StopLRPRequest { ActualLrpKey = row.ActualLrpKey, ActualLrpInstanceKey = row.ActualLrpInstanceKey }
                );
        }

        Assert.Contains("APP: hello", lines);
        Assert.Contains("APP: Exit status 143", lines);
        Assert.Contains("successfully destroyed container", lines[^1]);
    }

    [Fact]
    public async Task A_task_brings_its_result()
    {
        _script.Process = (_, _, _) => SimulatedProcessPlan.Exits(0);
        await _bbs.Tasks.DesireAsync(
            new DesireTaskRequest
            {
                TaskGuid = "t",
                Domain = "jobs",
                TaskDefinition = new TaskDefinition
                {
                    RootFs = "preloaded:linux",
                    Action = A.Run(),
                    ResultFile = "/result",
                    MemoryMb = 10,
                },
            }
        );
        var request = new PerformWorkRequest
        {
            CellId = "cell-1",
            Tasks =
            {
                new TaskWork
                {
                    TaskGuid = "t",
                    Domain = "jobs",
                    Demand = Demand(10),
                },
            },
        };
        Assert.Empty((await Rep.PerformWorkAsync(request)).RefusedTasks);

        OneOffTask task = new();
        await Wait.UntilAsync(async () =>
            (task = (await _bbs.Tasks.GetAsync(new GetTaskRequest { TaskGuid = "t" })).Task).State >= OneOffTask.Types.State.Completed
        );
        Assert.Equal((false, "content of /result"), (task.Failed, task.Result));
    }

    [Fact]
    public async Task Nonsense_is_refused_with_the_field_and_the_rule()
    {
        var work = Work(Offer("", 1), Offer("web", 1));
        work.CellId = "cell-9";
        work.Lrps[1].ActualLrpKey.Index = -1;
        work.Tasks.Add(new TaskWork { TaskGuid = "../../etc/passwd", Demand = Demand(1) });

        var refusal = await Assert.ThrowsAsync<DomainException>(async () => await Rep.PerformWorkAsync(work));

        Assert.Equal(ErrorKind.InvalidRequest, refusal.Kind);
        Assert.Equal(
            ["cell_id", "lrps[0].actual_lrp_key.process_guid", "lrps[1].actual_lrp_key.index", "tasks[0].task_guid"],
            refusal.Error.Violations.Select(violation => violation.Field)
        );
    }

    [Fact]
    public async Task What_is_not_here_is_not_found()
    {
        var stop = await Assert.ThrowsAsync<DomainException>(async () => await Rep.StopLRPAsync(new StopLRPRequest()));
        var update = await Assert.ThrowsAsync<DomainException>(async () =>
            await Rep.UpdateLRPAsync(new UpdateLRPRequest { ActualLrpKey = A.Key("web") })
        );
        using var logs = Rep.StreamLogs(new StreamLogsRequest { ContainerGuid = "nobody" });
        var log = await Assert.ThrowsAsync<DomainException>(() => logs.ResponseStream.MoveNext(default));

        Assert.All([stop, update, log], refusal => Assert.Equal(ErrorKind.ResourceNotFound, refusal.Kind));
        await Rep.CancelTaskAsync(new CancelRepTaskRequest { TaskGuid = "nobody" });
    }

    [Fact]
    public async Task An_evacuated_cell_withdraws_and_says_so()
    {
        await _bbs.DesiredLrps.DesireAsync(new DesireLRPRequest { DesiredLrp = Lrp() });
        await Rep.PerformWorkAsync(Work(Offer("web", 100)));
        var row = await RowAsync(row => row.State == ActualLrpStateNames.Running);
        await Rep.EvacuateAsync(new EvacuateRequest());
        await RowAsync(row => row.Presence == ActualLRP.Types.Presence.Evacuating);
        Assert.Equal("cell is evacuating", (await Rep.PerformWorkAsync(Work(Offer("web", 1)))).RefusedLrps.Single().Reason);

        // The replacement runs elsewhere: the evacuating instance may stop.
        await _bbs.CellLrps.StartAsync(A.Start("web", 0, A.Instance("i-2", "cell-2")));
        await _host.Services.GetRequiredService<CellHost>().Evacuated.WaitAsync(Wait.Patience);

        Assert.Empty((await _bbs.Cells.ListAsync(new ListCellsRequest())).Cells);
        Assert.Null(await _runtime.GetAsync(row.ActualLrpInstanceKey.InstanceGuid, default));
        Assert.Equal("i-2", (await RowAsync(_ => true)).ActualLrpInstanceKey.InstanceGuid);
    }

    [Fact]
    public async Task Streams_of_a_cell_that_ends_say_so()
    {
        using var state = Rep.StreamState(new StreamStateRequest());
        Assert.True(await state.ResponseStream.MoveNext(default));
        var next = state.ResponseStream.MoveNext(default);
        await _host.StopAsync(default);

        Assert.Equal(ErrorKind.Unavailable, (await Assert.ThrowsAsync<DomainException>(() => next)).Kind);
    }

    private Task<ComponentHost> StartRepAsync() =>
        RepHost.StartAsync(
            new RepOptions
            {
                CellId = "cell-1",
                Zone = "z1",
                MemoryMb = 1000,
                DiskMb = 10_000,
                PreloadedRootFs = ["linux"],
                AdvertiseAddress = "127.0.0.1",
                EvacuationSyncInterval = TimeSpan.FromMilliseconds(100),
            },
            _runtime,
            _bbs.Url
        );

    private async Task StopRepAsync()
    {
        await _host.StopAsync(default);
        await _host.DisposeAsync();
    }

    private async Task<ActualLRP> RowAsync(Func<ActualLRP, bool> wanted)
    {
        ActualLRP? found = null;
        await Wait.UntilAsync(async () =>
        {
            using var call = _bbs.ActualLrps.List(new ListActualLRPsRequest { ProcessGuid = "web" });
            while (await call.ResponseStream.MoveNext(default))
                found = call.ResponseStream.Current.ActualLrps.FirstOrDefault(wanted) ?? found;
            return found is not null;
        });
        return found!;
    }

    private static DesiredLRP Lrp()
    {
        var lrp = A.DesiredLrp("web", domain: "apps");
        lrp.RootFs = "preloaded:linux";
        lrp.LogSource = "APP";
        lrp.Ports.Clear();
        lrp.Ports.Add(8080);
        return lrp;
    }

    private static PerformWorkRequest Work(params LRPWork[] work) => new() { CellId = "cell-1", Lrps = { work } };

    private static LRPWork Offer(string processGuid, int memoryMb) =>
        new() { ActualLrpKey = A.Key(processGuid), Demand = Demand(memoryMb) };

    private static WorkDemand Demand(int memoryMb) =>
        new()
        {
            RootFs = "preloaded:linux",
            MemoryMb = memoryMb,
            DiskMb = 1,
        };
}
