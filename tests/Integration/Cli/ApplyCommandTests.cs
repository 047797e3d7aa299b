using Scheduler.Contracts.V1;
using Scheduler.Simulation.Store;
using Scheduler.Tests.ProgramKit;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Cli;

/// <summary><c>scheduler apply</c> with a real BBS.</summary>
public sealed class ApplyCommandTests : IAsyncLifetime
{
    private const string Web = "name: web\nimage: busybox\ncommand: [/bin/httpd]\ninstances: 2\nports: [8080]\nroutes: [a.example.com]\n";
    private const string Api = "name: api\nimage: busybox\ncommand: [/bin/api]\n";

    private const string Migrate = "kind: task\nname: migrate\nimage: busybox\ncommand: [/bin/migrate]\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("apply-").FullName;
    private BbsHost _bbs = null!;

    public async ValueTask InitializeAsync()
    {
        _bbs = await BbsHost.StartAsync(new InMemoryBbsStore(TimeProvider.System), "node-1");
        await Wait.UntilAsync(async () => (await RunAsync("cell", "list")).ExitCode == 0);
    }

    public async ValueTask DisposeAsync()
    {
        await _bbs.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Lrps_are_created_updated_and_left_alone()
    {
        Write("apps.yaml", Web + "---\n" + Api);
        Assert.Equal((0, "web: created\napi: created\n"), Outcome(await RunAsync("apply", "-f", _folder)));
        Assert.Equal((0, "web: unchanged\napi: unchanged\n"), Outcome(await RunAsync("apply", "-f", _folder)));

        // Scaled by hand: only a file that says how many changes that.
        await RunAsync("lrp", "scale", "api", "5");
        Write("apps.yaml", Web.Replace("instances: 2", "instances: 3") + "annotation: hello\n---\n" + Api);
        Assert.Equal(
            (0, "web: updated (instances, annotation)\napi: unchanged\n"),
            Outcome(await RunAsync("apply", "-f", Path.Combine(_folder, "apps.yaml")))
        );
        Assert.Equal((3, "hello"), ((await GetAsync("web")).Instances, (await GetAsync("web")).Annotation));
        Assert.Equal(5, (await GetAsync("api")).Instances);

        Assert.Equal(
            """{"name":"web","kind":"lrp","result":"unchanged"}""",
            (await RunAsync("apply", "-f", _folder, "--json")).Output.Split('\n')[0]
        );
    }

    [Fact]
    public async Task A_diff_shows_what_would_change_and_changes_nothing()
    {
        var file = Write("apps.yaml", Web + "---\n" + Api);
        await RunAsync("apply", "-f", file);
        Assert.Equal((0, "web: unchanged\napi: unchanged\n"), Outcome(await RunAsync("apply", "-f", file, "--diff")));

        Write(
            "apps.yaml",
            Web.Replace("a.example", "b.example")
                + "---\n"
                + Api.Replace("/bin/api", "/bin/v2")
                + "---\nname: new\nimage: x\ncommand: [y]\n"
        );
        var diff = await RunAsync("apply", "-f", file, "--diff");
        Assert.Equal((1, ""), (diff.ExitCode, diff.Error));
        Assert.StartsWith(
            """
            web: would be updated in place
              - routes.cf-router[0].hostnames[0]: "a.example.com"
              + routes.cf-router[0].hostnames[0]: "b.example.com"
            api: would be rolled out to a new version
              - action.run.path: "/bin/api"
              + action.run.path: "/bin/v2"
            new: would be created
              + action.run.path: "y"

            """,
            diff.Output,
            StringComparison.Ordinal
        );
        Assert.Contains("a.example", (await GetAsync("web")).Routes.Routes["cf-router"].ToStringUtf8());
        Assert.Equal(3, (await RunAsync("lrp", "get", "new")).ExitCode);
    }

    [Fact]
    public async Task Nothing_changes_unless_everything_is_valid()
    {
        // The second breaks a rule that only the server has.
        var file = Write("apps.yaml", Web + "---\n" + Api + "ports: [80, 80]\n---\n" + Api.Replace("name: api", "name: no.dots"));
        foreach (
            var more in (string[][])
                [
                    [],
                    ["--dry-run"],
                    ["--diff"],
                ]
        )
        {
            var run = await RunAsync(["apply", "-f", file, .. more]);
            Assert.Equal((2, ""), Outcome(run));
            Assert.StartsWith(
                $"error: {file}, document 2: desired_lrp.ports[1]: must not repeat port 80\n"
                    + $"error: {file}, document 3: desired_lrp.process_guid: must consist of letters, digits, _ and -\n",
                run.Error,
                StringComparison.Ordinal
            );
        }

        Assert.Equal("", (await RunAsync("lrp", "list", "--json")).Output);
    }

    [Fact]
    public async Task A_dry_run_prints_what_would_be_sent()
    {
        var file = Write("apps.yaml", Web + "---\n" + Api);
        var run = await RunAsync("apply", "-f", file, "--dry-run");
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("""{"process_guid":"web",""", run.Output.Split('\n')[0]);
        Assert.StartsWith("""{"process_guid":"api",""", run.Output.Split('\n')[1]);
        Assert.Equal("", (await RunAsync("lrp", "list", "--json")).Output);
    }

    [Fact]
    public async Task Tasks_are_created_once_and_left_alone_when_they_have_completed()
    {
        Write("apps.yaml", Web + "---\n" + Migrate);
        var diff = await RunAsync("apply", "-f", _folder, "--diff");
        Assert.Equal(1, diff.ExitCode);
        Assert.Contains("task/migrate: would be created\n  + action.run.path: \"/bin/migrate\"\n", diff.Output);
        Assert.Equal((0, "web: created\ntask/migrate: created\n"), Outcome(await RunAsync("apply", "-f", _folder)));
        Assert.Equal((0, "web: unchanged\ntask/migrate: unchanged\n"), Outcome(await RunAsync("apply", "-f", _folder, "--diff")));

        // Nobody runs it, so it fails; that is told, and does not make it run again.
        await _bbs.Tasks.CancelAsync(new CancelTaskRequest { TaskGuid = "migrate" });
        var again = await RunAsync("apply", "-f", Path.Combine(_folder, "apps.yaml"), "--json");
        Assert.Equal(
            """
            {"name":"web","kind":"lrp","result":"unchanged"}
            {"name":"migrate","kind":"task","result":"unchanged"}

            """,
            again.Output
        );
        var task = (await _bbs.Tasks.GetAsync(new GetTaskRequest { TaskGuid = "migrate" })).Task;
        Assert.Equal(OneOffTask.Types.State.Completed, task.State);
        var waited = await RunAsync("apply", "-f", Write("task.yaml", Migrate), "--wait");
        Assert.Equal((1, "task/migrate: unchanged\n"), Outcome(waited));
        Assert.EndsWith($"error: task/migrate failed: {task.FailureReason}\n", waited.Error);

        // What task get prints is the same task.
        var printed = Write("printed.json", (await RunAsync("task", "get", "migrate", "--json")).Output);
        Assert.Equal((0, "task/migrate: unchanged\n"), Outcome(await RunAsync("apply", "-f", printed)));
    }

    [Fact]
    public async Task A_task_that_exists_with_another_definition_is_refused()
    {
        var file = Write("apps.yaml", Migrate);
        await RunAsync("apply", "-f", file);
        Write(
            "apps.yaml",
            Web + "---\n" + Migrate.Replace("/bin/migrate", "/bin/v2") + "memory: 256M\n---\n" + Migrate.Replace("migrate\n", "more\n")
        );
        var run = await RunAsync("apply", "-f", file);
        Assert.Equal((2, ""), Outcome(run));
        Assert.StartsWith(
            $"error: {file}, document 2: task/migrate: exists with another definition and cannot change; "
                + "different: action.run.path, memory_mb. Choose another name, or remove it with scheduler task delete migrate\n",
            run.Error,
            StringComparison.Ordinal
        );
        Assert.Equal("", (await RunAsync("lrp", "list", "--json")).Output);
        Assert.Equal(3, (await RunAsync("task", "get", "more")).ExitCode);

        var diff = await RunAsync("apply", "-f", file, "--diff");
        Assert.Equal(1, diff.ExitCode);
        Assert.Contains(
            """
            task/migrate: would be refused, because it exists and a task cannot change
              - action.run.path: "/bin/migrate"
              + action.run.path: "/bin/v2"
              - memory_mb: 128
              + memory_mb: 256
            task/more: would be created

            """,
            diff.Output
        );
        var json = (await RunAsync("apply", "-f", file, "--diff", "--json")).Output.Split('\n')[1];
        Assert.StartsWith("""{"name":"migrate","kind":"task","change":"would be refused, because""", json);
        Assert.EndsWith("""+ memory_mb: 256"]}""", json);
    }

    private static (int ExitCode, string Output) Outcome(CommandRun run) => (run.ExitCode, run.Output);

    private Task<CommandRun> RunAsync(params string[] words) => CommandRun.Of([.. words, "--bbs", _bbs.Url]);

    private async Task<DesiredLRP> GetAsync(string name) =>
        (await _bbs.DesiredLrps.GetAsync(new GetDesiredLRPRequest { ProcessGuid = name })).DesiredLrp;

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
