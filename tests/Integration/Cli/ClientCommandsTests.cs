using Scheduler.Contracts.V1;
using Scheduler.Simulation.Store;
using Scheduler.Tests.ProgramKit;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Cli;

/// <summary>The client commands with a real BBS; the test stands in for the cells.</summary>
public sealed class ClientCommandsTests : IAsyncLifetime
{
    private BbsHost _bbs = null!;
    private FakeRep _rep = null!;

    public async ValueTask InitializeAsync()
    {
        _bbs = await BbsHost.StartAsync(new InMemoryBbsStore(TimeProvider.System), "node-1");
        _rep = await FakeRep.StartAsync();
        await Wait.UntilAsync(async () => (await Run("cell list")).ExitCode == 0);
        await _bbs.Presences.AnnounceAsync(
            new AnnounceCellRequest
            {
                Owner = "run-1",
                TtlMs = 600_000,
                Presence = new CellPresence
                {
                    CellId = "cell-1",
                    Zone = "z1",
                    RepAddress = _rep.Url,
                    RepUrl = _rep.Url,
                    Capacity = new CellCapacity
                    {
                        MemoryMb = 16 * 1024,
                        DiskMb = 4096,
                        Containers = 100,
                    },
                    RootfsProviders =
                    {
                        new Provider { Name = "preloaded", Properties = { "busybox" } },
                    },
                },
            }
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _rep.DisposeAsync();
        await _bbs.DisposeAsync();
    }

    [Theory]
    [InlineData("lrp create no.dots --image busybox -- sh")]
    [InlineData("lrp create web --image busybox --memory 2147483647 -- sh")]
    [InlineData("lrp create web --image busybox --port 80 --port 80 -- sh")]
    [InlineData("lrp create web --image no_scheme:x -- sh")]
    [InlineData("lrp create web --image busybox --domain {0} -- sh")]
    [InlineData("task create job.1 --image busybox -- sh")]
    [InlineData("task create _job --image busybox -- sh")]
    [InlineData("task create job --image busybox --callback ftp://client -- sh")]
    [InlineData("task create job --image busybox -- {0}{0}{0}{0}{0}")]
    [InlineData("lrp create web --image busybox -- sh")]
    [InlineData("task create job --image busybox -- sh")]
    public async Task A_dry_run_says_what_the_server_says(string line)
    {
        var args = string.Format(System.Globalization.CultureInfo.InvariantCulture, line, new string('x', 1_000)).Split(' ');
        var end = Array.IndexOf(args, "--");
        var dry = await CommandRun.Of([.. args[..end], "--dry-run", "--json", .. args[end..]]);
        var real = await CommandRun.Of([.. args[..end], "--bbs", _bbs.Url, .. args[end..]]);
        Assert.Equal((real.ExitCode, real.Error), (dry.ExitCode, dry.Error));
        Assert.Equal(real.ExitCode == 0, dry.Output.Length > 0);
    }

    [Fact]
    public async Task An_lrp_is_created_waited_for_listed_shown_scaled_and_deleted()
    {
        var creating = Run("lrp create web --image busybox --instances 2 --memory 64 --port 8080 --domain apps --wait -- /bin/httpd -f");
        await Wait.UntilAsync(async () => (await Run("lrp get web")).ExitCode == 0);
        await StartAsync("web", 0);
        Assert.False(creating.IsCompleted);
        await StartAsync("web", 1);
        var created = await creating;
        Assert.Equal((0, "web: 2 desired\n"), (created.ExitCode, created.Output));
        Assert.EndsWith("web: 2/2 running\n", created.Error);

        Assert.Equal(
            """
            PROCESS  DOMAIN  RUNNING  MEMORY  DISK  ROOTFS             REMARK
            web      apps    2/2      64M     256M  preloaded:busybox

            """,
            (await Run("lrp list")).Output
        );

        var shown = await Run("lrp get web");
        Assert.Contains("command:          /bin/httpd -f", shown.Output);
        Assert.Matches(@"\n0      RUNNING  cell-1  10\.0\.0\.1:61001->8080  \d+s +0\n", shown.Output);

        var scaled = await Run("lrp scale web 3");
        Assert.Equal((0, "web: 3 desired\n"), (scaled.ExitCode, scaled.Output));
        Assert.Contains("2/3", (await Run("lrp list")).Output);

        var impatient = await Run("lrp scale web 3 --wait --wait-timeout 300ms");
        Assert.Equal(4, impatient.ExitCode);
        Assert.Contains("web: 2/3 running", impatient.Error);

        Assert.Equal((0, "web: deleted\n"), Outcome(await Run("lrp delete web")));
        var gone = await Run("lrp get web");
        Assert.Equal(3, gone.ExitCode);
        Assert.StartsWith("error: ", gone.Error);
    }

    [Fact]
    public async Task Json_is_one_object_a_line_as_cfdot_prints_it()
    {
        await Run("lrp create a --image busybox -- /bin/a");
        await Run("lrp create b --image busybox --json -- /bin/b");
        var lines = (await Run("lrp list --json")).Output.TrimEnd().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("""{"process_guid":"a","domain":"default","rootfs":"preloaded:busybox","instances":1,""", lines[0]);
        Assert.StartsWith("""{"process_guid":"b",""", lines[1]);
        var rows = (await Run("lrp get a --json")).Output.TrimEnd().Split('\n');
        Assert.StartsWith("""{"process_guid":"a","index":0,"domain":"default","instance_guid":"",""", rows[1]);
    }

    [Fact]
    public async Task Routes_are_updated_without_touching_what_was_not_named()
    {
        await Run("lrp create web --image busybox --port 8080 --port 9090 --route a.com --internal-route web.internal -- /bin/x");
        Assert.Equal((0, "web: updated\n"), Outcome(await Run("lrp update web --route b.com:9090 --annotation hello")));
        var json = (await Run("lrp get web --json")).Output;
        Assert.Contains("""{"hostnames":["b.com"],"port":9090}""", json);
        Assert.Contains("""[{"hostname":"web.internal"}]""", json);
        Assert.Contains("\"annotation\":\"hello\"", json);
        var empty = await Run("lrp update web");
        Assert.Equal(2, empty.ExitCode);
        Assert.Contains("update: must include at least one of --instances", empty.Error);
    }

    [Fact]
    public async Task Logs_of_what_there_is_not_name_neither_kind()
    {
        var run = await Run("logs nope");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("there is no LRP or task \"nope\"", run.Error);
    }

    [Theory]
    [InlineData("lrp get nope", "LRP", "node")]
    [InlineData("lrp scale nope 3", "LRP", "node")]
    [InlineData("lrp update nope --annotation x", "LRP", "node")]
    [InlineData("lrp restart nope", "LRP", "node")]
    [InlineData("lrp restart nope/1", "LRP", "node")]
    [InlineData("lrp delete nope", "LRP", "node")]
    [InlineData("lrp rollout nope --env A=b", "LRP", "node")]
    [InlineData("lrp rollout nope --resume", "LRP", "node")]
    [InlineData("lrp rollout undo nope", "LRP", "node")]
    [InlineData("lrp rollout history nope", "LRP", "node")]
    [InlineData("lrp rollout status nope", "LRP", "node")]
    [InlineData("wait lrp/nope", "LRP", "node")]
    [InlineData("task get migrat", "task", "migrate")]
    [InlineData("task wait migrat", "task", "migrate")]
    [InlineData("task cancel migrat", "task", "migrate")]
    [InlineData("task delete migrat", "task", "migrate")]
    [InlineData("wait task/migrat", "task", "migrate")]
    [InlineData("logs nope", "LRP or task", "node")]
    [InlineData("logs migrat", "LRP or task", "migrate")]
    [InlineData("exec nope -- ls", "LRP or task", "node")]
    [InlineData("top migrat --once", "LRP or task", "migrate")]
    [InlineData("port-forward nope/0 8080", "LRP or task", "node")]
    [InlineData("cell get cel-1", "cell", "cell-1")]
    [InlineData("cell drain Cell-1", "cell", "cell-1")]
    [InlineData("image list --cell cell1", "cell", "cell-1")]
    public async Task A_name_that_is_nearly_right_is_suggested(string line, string kind, string meant)
    {
        await Run("lrp create node --image busybox -- /bin/x");
        await Run("task create migrate --image busybox -- /bin/x");
        var run = await Run(line);
        Assert.Equal((3, ""), Outcome(run));
        Assert.Matches($"^error: there is no {kind} \"\\S+\"; did you mean {meant}\\?\n$", run.Error);
    }

    [Fact]
    public async Task A_task_that_its_cell_gave_back_is_on_no_cell()
    {
        await Run("task create t --image busybox -- /bin/x");
        await _bbs.CellTasks.StartAsync(new StartTaskRequest { TaskGuid = "t", CellId = "cell-1" });
        Assert.Matches("cell-1", (await Run("task list --cell cell-1")).Output);
        await _bbs.CellTasks.RejectAsync(
            new RejectTaskRequest
            {
                TaskGuid = "t",
                CellId = "cell-1",
                RejectionReason = "no room",
            }
        );
        Assert.DoesNotMatch("PENDING +cell-1", (await Run("task list")).Output);
        Assert.DoesNotMatch(@"\nt ", (await Run("task list --cell cell-1")).Output);
        Assert.DoesNotMatch(@"\nt ", (await Run("cell get cell-1")).Output);
        Assert.DoesNotContain("cell:", (await Run("task get t")).Output);
        Assert.Contains("t: pending, returned by cell-1 (no room)", (await Run("task wait t --wait-timeout 300ms")).Error);
    }

    [Fact]
    public async Task What_the_server_refuses_is_told_field_by_field()
    {
        await Run("lrp create web --image busybox -- /bin/x");
        var twice = await Run("lrp create web --image busybox -- /bin/x");
        Assert.Equal(3, twice.ExitCode);
        Assert.Contains("already exists", twice.Error);

        var bad = await Run("lrp create no.dots --image busybox --port 80 --port 80 -- /bin/x");
        Assert.Equal(2, bad.ExitCode);
        Assert.Equal(2, bad.Error.Split('\n').Count(line => line.StartsWith("error: desired_lrp.", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_instance_is_restarted_by_its_index()
    {
        await Run("lrp create web --image busybox --instances 2 --domain apps -- /bin/x");
        await StartAsync("web", 1);
        Assert.Equal((0, "web/1: stopped\n"), Outcome(await Run("lrp restart web/1")));
        Assert.Equal(3, (await Run("lrp restart web/7")).ExitCode);
    }

    [Fact]
    public async Task A_tasks_result_comes_back()
    {
        var running = Run("task create sum --image busybox --domain jobs --wait --result-file /out -- /bin/sum");
        await Wait.UntilAsync(async () => (await Run("task get sum")).ExitCode == 0);
        await _bbs.CellTasks.StartAsync(new StartTaskRequest { TaskGuid = "sum", CellId = "cell-1" });
        Assert.Contains("sum   jobs    RUNNING  cell-1", (await Run("task list")).Output);
        await _bbs.CellTasks.CompleteAsync(
            new CompleteTaskRequest
            {
                TaskGuid = "sum",
                CellId = "cell-1",
                Result = "42",
            }
        );
        var done = await running;
        Assert.Equal((0, "sum: desired\n42\n"), Outcome(done));
        Assert.Equal((0, "sum: deleted\n"), Outcome(await Run("task delete sum")));
        Assert.Equal(3, (await Run("task get sum")).ExitCode);
    }

    [Fact]
    public async Task A_failed_task_is_a_failed_command()
    {
        await Run("task create sum --image busybox --domain jobs -- /bin/sum");
        Assert.Equal((0, "sum: cancelled\n"), Outcome(await Run("task cancel sum")));
        var waited = await Run("task wait sum");
        Assert.Equal(1, waited.ExitCode);
        Assert.StartsWith("error: sum failed: ", waited.Error.Split('\n')[^2]);
    }

    [Fact]
    public async Task Cells_are_listed_shown_and_drained()
    {
        await Run("lrp create web --image busybox --domain apps -- /bin/x");
        await StartAsync("web", 0);
        var list = await Run("cells");
        Assert.Contains("CELL    ZONE  MEMORY  DISK   CONTAINERS  LRPS  ROOT FILESYSTEMS", list.Output);
        Assert.Contains("cell-1  z1    16G     4096M  100         1     preloaded:busybox", list.Output);
        Assert.Contains("web/0", (await Run("cell get cell-1")).Output);

        _rep.OnEvacuate = () =>
            _bbs
                .CellLrps.RemoveAsync(
                    new RemoveActualLRPRequest
                    {
                        ProcessGuid = "web",
                        Index = 0,
                        ActualLrpInstanceKey = A.Instance("web-0"),
                    }
                )
                .ResponseAsync;
        var drained = await Run("cell drain cell-1 --wait");
        Assert.Equal((0, "cell-1: draining\n"), Outcome(drained));
        Assert.Equal(1, _rep.Evacuations);

        var unknown = await Run("cell drain cel-1");
        Assert.Equal(3, unknown.ExitCode);
        Assert.Contains("there is no cell \"cel-1\"; did you mean cell-1?", unknown.Error);
    }

    [Fact]
    public async Task Absent_cells_are_listed_and_operators_decide_about_them()
    {
        await Run("lrp create web --image busybox --instances 3 --domain apps -- /bin/x");
        await StartAsync("web", 0);
        foreach (var (cell, index) in (List<(string, int)>)[("cell-2", 1), ("cell-3", 2)])
        {
            await AnnounceAsync(cell, 300);
            await StartAsync("web", index, cell);
        }
        Assert.Equal(3, (await Run("cell lose cell-1")).ExitCode);
        await Wait.UntilAsync(async () => (await Run("cells")).Output.Contains("cell-2  UNHEARD", StringComparison.Ordinal));
        await Wait.UntilAsync(async () => (await Run("cells")).Output.Contains("cell-3  UNHEARD", StringComparison.Ordinal));
        await ReportAsync(CellLoss.Types.Mode.Paced, 2);

        var kept = await Run("cell keep cell-2 --for 2h");
        Assert.Equal(0, kept.ExitCode);
        Assert.Matches(@"^cell-2: kept until \d{4}-\d\d-\d\dT.*Z\n$", kept.Output);
        Assert.Equal((0, "cell-3: given up\n"), Outcome(await Run("cell lose cell-3")));
        await ReportAsync(CellLoss.Types.Mode.Paced, 1, "cell-3");

        var list = await Run("cells");
        Assert.Matches(
            @"\n\nABSENT  STATE    SINCE  LRPS  TASKS  REMARK\ncell-2  UNHEARD  \d+s +1     0      kept by an operator for another (2h00m|1h59m)\ncell-3  LOST     \d+s +1     0      given up \d+s ago\n"
                + "\n1 of 3 cells unheard: too many at once, so they are given up one by one at 2.5 per second; 1 so far, in \\d+s.\n\"cell lose\" .*\n$",
            list.Output
        );
        Assert.Equal(
            ["""{"cell_id":"cell-2","standing":"UNHEARD","since":""", """{"cell_id":"cell-3","standing":"LOST","since":"""],
            (await Run("cells --json"))
                .Output.TrimEnd()
                .Split('\n')[1..]
                .Select(line => line[..line.IndexOf(":1", StringComparison.Ordinal)] + ":")
        );
        Assert.Contains("cell \"cell-3\" is absent: LOST for", (await Run("cell get cell-3")).Error);

        var refused = await Run("cell keep cell-3");
        Assert.Equal((3, ""), Outcome(refused));
        Assert.Contains("error: cell cell-3 was already given up", refused.Error);
        Assert.Contains("such cells are cell-2, cell-3", (await Run("cell lose cel-2")).Error);
        Assert.Equal((0, "cell-2: given up\n"), Outcome(await Run("cell lose --all")));

        await AnnounceAsync("cell-2", 600_000);
        var events = (await Run("events --after 1 --kind cell")).Output;
        Assert.Matches("cell_absent +cell-2 UNHEARD, kept by an operator until .*Z\n", events);
        Assert.Matches("cell_absent +cell-3 LOST, by an operator\n", events);
        Assert.Matches("cell_loss_changed +2 of 3 cells unheard; given up one by one at 2.5 per second; 0 given up since .*Z\n", events);
        Assert.Matches("cell_absence_ended +cell-2 returned\n", events);
        Assert.Matches(
            "cell_absent +cell-3 LOST, by an operator\n[^\n]*cell_loss_changed +1 of 3 cells unheard",
            (await Run("events --kind cell")).Output
        );
    }

    [Theory]
    [InlineData("cell lose", "CELL: is required: at least one cell ID, or --all")]
    [InlineData("cell keep cell-1 --all", "--all: cannot be combined with cell IDs")]
    [InlineData("cell keep cell-1 --for 8d", "--for: must be whole seconds from 1s to 168h, such as 30m or 4h, not \"8d\"")]
    [InlineData("cell keep cell-1 --for 169h", "--for: must be whole seconds from 1s to 168h, such as 30m or 4h, not \"169h\"")]
    [InlineData("cell keep cell-1 --for 500ms", "--for: must be whole seconds from 1s to 168h, such as 30m or 4h, not \"500ms\"")]
    public async Task A_word_about_cells_that_makes_no_sense_is_bad_input(string line, string error)
    {
        var run = await Run(line);
        Assert.Equal((2, ""), Outcome(run));
        Assert.StartsWith($"error: {error}\n", run.Error);
    }

    [Fact]
    public async Task Logs_come_from_the_cells()
    {
        await Run("lrp create web --image busybox --instances 2 --domain apps -- /bin/x");
        await StartAsync("web", 0);
        var logs = await Run("logs web --tail 7");
        Assert.Equal((0, "web/0 [APP] out of web-0, tail 7\n"), Outcome(logs));
        Assert.Equal("web/0 [APP] err\n", logs.Error);
        Assert.StartsWith(
            """{"timestamp":5,"name":"web/0","cell_id":"cell-1","source":"APP","stream":"stdout",""",
            (await Run("logs web/0 --json")).Output
        );

        var waiting = await Run("logs web/1");
        Assert.Equal(3, waiting.ExitCode);
        Assert.Contains("web/1 has no container: it is UNCLAIMED", waiting.Error);
        Assert.Equal(3, (await Run("logs nothing")).ExitCode);
    }

    [Fact]
    public async Task Logs_of_what_has_ended_come_from_whichever_cell_keeps_them()
    {
        await using var other = await FakeRep.StartAsync();
        var presence = A.Cell("cell-2");
        presence.RepUrl = other.Url;
        await _bbs.Presences.AnnounceAsync(
            new AnnounceCellRequest
            {
                Owner = "run-of-cell-2",
                TtlMs = 60_000,
                Presence = presence,
            }
        );
        await AnnounceAsync("cell-3", 60_000); // no service listens there
        _rep.Ended.Add(Ended("web", endedAt: 1_000, "Exited with status 1", "older"));
        other.Ended.Add(Ended("web", endedAt: 2_000, "Exited with status 3", "reason of the crash"));
        other.Ended.Add(Ended("job", endedAt: 3_000, "", "of the task", isTask: true));
        await Run("lrp create web --image busybox --domain apps -- /bin/x");

        // Without a container: the output of the last one.
        var fallback = await Run("logs web/0");
        Assert.Equal((0, "web/0 [APP] reason of the crash\n"), Outcome(fallback));
        Assert.Matches(
            @"^could not ask cell-3\nweb/0 has no container: it is UNCLAIMED; its last container wrote:\nweb/0 ended on cell-2 \S+ ago: Exited with status 3\n$",
            fallback.Error
        );

        await StartAsync("web", 0);
        Assert.Equal("web/0 [APP] out of web-0, tail 0\n", (await Run("logs web/0")).Output);
        Assert.Equal("web/0 [APP] reason of the crash\n", (await Run("logs web --previous")).Output);
        Assert.Contains("\"reason\":\"Exited with status 3\"", (await Run("logs web/0 --previous --json")).Output);
        Assert.Equal("job [APP] of the task\n", (await Run("logs job --previous")).Output);

        var nothing = await Run("logs web/7 --previous");
        Assert.Equal((3, ""), Outcome(nothing));
        Assert.Contains("no cell keeps the log of a container of web/7 that has ended", nothing.Error);
        Assert.Contains("--previous: cannot be combined with --follow", (await Run("logs web --previous --follow")).Error);

        static EndedContainer Ended(string guid, long endedAt, string reason, string line, bool isTask = false) =>
            new()
            {
                ContainerGuid = $"{guid}-{endedAt}",
                Guid = guid,
                IsTask = isTask,
                EndedAt = endedAt,
                Reason = reason,
                Lines =
                {
                    new LogLine
                    {
                        Timestamp = 5,
                        Source = "APP",
                        Text = line,
                    },
                },
            };
    }

    [Fact]
    public async Task Domains_are_set_and_listed()
    {
        Assert.Equal((0, "apps: fresh for 120s\n"), Outcome(await Run("domain set apps")));
        Assert.Equal((0, "forever: fresh without expiry\n"), Outcome(await Run("domain set forever --ttl 0")));
        Assert.Matches(@"^DOMAIN   EXPIRES IN\napps     \d+[sm]\nforever  never\n$", (await Run("domains")).Output);
        Assert.Equal("\"apps\"\n\"forever\"\n", (await Run("domain list --json")).Output);
    }

    [Fact]
    public async Task Events_are_the_state_or_what_happened_since()
    {
        await Run("lrp create web --image busybox --domain apps -- /bin/x");
        var state = await Run("events --kind lrp");
        Assert.Matches(@"^\d+ +desired_lrp_created +web 1 instance\n\d+ +actual_lrp_instance_created +web/0 UNCLAIMED\n$", state.Output);

        var revision = state.Output.Split(' ')[0];
        Assert.Equal((0, ""), Outcome(await Run($"events --after {revision} --kind lrp")));
        await StartAsync("web", 0);
        await Run("domain set apps");
        var since = await Run($"events --after {revision} --kind lrp --json");
        Assert.Equal(
            ["UNCLAIMED", "CLAIMED"],
            since
                .Output.TrimEnd()
                .Split('\n')
                .Select(line => System.Text.Json.Nodes.JsonNode.Parse(line)!["data"]!["before"]!["state"]!.GetValue<string>())
        );
        Assert.Contains("domain_fresh", (await Run($"events --after {revision} --kind domain")).Output);

        var gone = await Run("events --after 999999");
        Assert.Equal(3, gone.ExitCode);
    }

    private static (int ExitCode, string Output) Outcome(CommandRun run) => (run.ExitCode, run.Output);

    private Task<CommandRun> Run(string line)
    {
        var words = line.Split(' ');
        // The client's own flags go before the container's command.
        var dash = Array.IndexOf(words, "--");
        return CommandRun.Of([.. dash < 0 ? words : words[..dash], "--bbs", _bbs.Url, .. dash < 0 ? [] : words[dash..]]);
    }

    private async Task StartAsync(string processGuid, int index, string cell = "cell-1")
    {
        await _bbs.CellLrps.ClaimAsync(A.Claim(processGuid, index, A.Instance($"{processGuid}-{index}", cell)));
        await _bbs.CellLrps.StartAsync(A.Start(processGuid, index, A.Instance($"{processGuid}-{index}", cell)));
    }

    private async Task AnnounceAsync(string cell, uint ttlMs) =>
        await _bbs.Presences.AnnounceAsync(
            new AnnounceCellRequest
            {
                Owner = $"run-of-{cell}",
                TtlMs = ttlMs,
                Presence = A.Cell(cell),
            }
        );

    // As the converger does.
    private async Task ReportAsync(CellLoss.Types.Mode mode, int unheard, params string[] lost) =>
        await _bbs.Convergence.ReportCellLossAsync(
            new ReportCellLossRequest
            {
                Loss = new CellLoss
                {
                    Mode = mode,
                    Unheard = unheard,
                    Present = 3 - unheard,
                    CellsPerSecond = 2.5,
                },
                LostCellIds = { lost },
            }
        );
}
