using Scheduler.Client.Files;
using Scheduler.Client.Specs;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.ProgramKit;

namespace Scheduler.Tests.Cli;

public class SpecFileTests
{
    [Fact]
    public void Volumes_of_a_cell()
    {
        const string text = """
            name: web
            image: busybox
            command: [/bin/true]
            volumes:
              - data:/srv/data
              - docs:/srv/docs:ro
              - {name: more, directory: /more, read_only: true}
            """;
        var lrp = LrpSpec.Read(SpecFile.Parse("web.yaml", text)).ToMessage();
        var task = TaskSpec.Read(SpecFile.Parse("t.yaml", text)).ToMessage("t");

        Assert.Equal(
            [("data", "/srv/data", "rw", "data"), ("docs", "/srv/docs", "r", "docs"), ("more", "/more", "r", "more")],
            lrp.VolumeMounts.Select(mount => (mount.Driver, mount.ContainerDir, mount.Mode, mount.Shared.VolumeId))
        );
        Assert.Equal(lrp.VolumeMounts, task.TaskDefinition.VolumeMounts);
    }

    [Theory]
    [InlineData("data", "must be NAME:/DIRECTORY")]
    [InlineData(":/data", "must be NAME:/DIRECTORY")]
    [InlineData("data:data", "must be NAME:/DIRECTORY")]
    [InlineData("data:/etc/..", "must be NAME:/DIRECTORY")]
    [InlineData("data:/proc", "must be NAME:/DIRECTORY")]
    [InlineData("{name: data}", "needs a name and a directory")]
    [InlineData("{name: data, directory: /sys}", "belongs to the kernel")]
    [InlineData("{name: data, directory: /d, mode: ro}", "mode")]
    public void A_volume_that_is_none_is_refused(string volume, string rule) =>
        Assert.Contains(
            rule,
            Assert.Throws<DomainException>(() => LrpSpec.Read(SpecFile.Parse("web.yaml", $"name: web\nvolumes:\n  - {volume}\n"))).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void All_keys_of_an_lrp()
    {
        var lrp = LrpSpec
            .Read(
                SpecFile.Parse(
                    "web.yaml",
                    """
                    name: web
                    domain: apps
                    image: busybox
                    command: [/bin/httpd, -f, -p, "8080"]
                    user: www
                    directory: /srv
                    instances: 3
                    memory: 1G
                    disk: 512M
                    max_pids: 100
                    cpu_weight: 10
                    privileged: false
                    annotation: mine
                    env:
                      PORT: 8080
                      MODE: "yes"
                    ports: [8080, 9090]
                    routes:
                      - web.example.com
                      - hostname: admin.example.com
                        port: 9090
                      - internal: web.apps.internal
                    check: {http: /healthz, interval: 2s, timeout: 500ms}
                    readiness:
                      - tcp: 9090
                    start_timeout: 1m
                    placement_tags: [ssd]
                    metric_tags: {team: blue}
                    network: {policy: open}
                    """
                )
            )
            .ToMessage();

        Assert.Equal(
            ("web", "apps", "preloaded:busybox", 3, 1024, 512),
            (lrp.ProcessGuid, lrp.Domain, lrp.RootFs, lrp.Instances, lrp.MemoryMb, lrp.DiskMb)
        );
        Assert.Equal("/bin/httpd", lrp.Action.RunAction.Path);
        Assert.Equal(["-f", "-p", "8080"], lrp.Action.RunAction.Args);
        Assert.Equal(("www", "/srv"), (lrp.Action.RunAction.User, lrp.Action.RunAction.Dir));
        Assert.Equal([("PORT", "8080"), ("MODE", "yes")], lrp.EnvironmentVariables.Select(one => (one.Name, one.Value)));
        Assert.Equal([8080u, 9090u], lrp.Ports);
        Assert.Equal(
            """[{"hostnames":["web.example.com"],"port":8080},{"hostnames":["admin.example.com"],"port":9090}]""",
            lrp.Routes.Routes["cf-router"].ToStringUtf8()
        );
        Assert.Equal("""[{"hostname":"web.apps.internal"}]""", lrp.Routes.Routes["internal-router"].ToStringUtf8());
        var check = Assert.Single(lrp.CheckDefinition.Checks).HttpCheck;
        Assert.Equal((8080u, "/healthz", 2000ul, 500ul), (check.Port, check.Path, check.IntervalMs, check.RequestTimeoutMs));
        Assert.Equal(9090u, Assert.Single(lrp.CheckDefinition.ReadinessChecks).TcpCheck.Port);
        Assert.Equal(60_000, lrp.StartTimeoutMs);
        Assert.Equal(["ssd"], lrp.PlacementTags);
        Assert.Equal(("web", "blue"), (lrp.MetricTags["source_id"].Static, lrp.MetricTags["team"].Static));
        Assert.Equal("open", lrp.Network.Properties["policy"]);
    }

    [Fact]
    public void What_an_lrp_and_a_task_transfer()
    {
        const string common = """
            image: busybox
            command: [/bin/run]
            user: vcap
            cached_dependencies:
              - name: ruby
                from: https://files.example/ruby.tgz
                to: /opt/ruby
                cache_key: ruby-3
                checksum: sha256:abc
            downloads:
              - {name: app, from: "https://files.example/app.zip", to: /home/vcap/app, user: root}
            files: {redis/uri: "redis://x"}

            """;
        var lrp = LrpSpec.Read(SpecFile.Parse("web.yaml", common + "name: web")).ToMessage();

        var dependency = Assert.Single(lrp.CachedDependencies);
        Assert.Equal(
            ("ruby", "https://files.example/ruby.tgz", "/opt/ruby", "ruby-3", "sha256", "abc"),
            (dependency.Name, dependency.From, dependency.To, dependency.CacheKey, dependency.ChecksumAlgorithm, dependency.ChecksumValue)
        );
        var download = lrp.Setup.DownloadAction;
        Assert.Equal(
            ("app", "https://files.example/app.zip", "/home/vcap/app", "root"),
            (download.Artifact, download.From, download.To, download.User)
        );
        Assert.Equal("/bin/run", lrp.Action.RunAction.Path);
        var file = Assert.Single(lrp.VolumeMountedFiles);
        Assert.Equal(("redis/uri", "redis://x"), (file.Path, file.Content));

        var task = TaskSpec
            .Read(
                SpecFile.Parse("t.yaml", common + "uploads:\n  - {name: droplet, from: /tmp/droplet, to: 'https://files.example/droplet'}")
            )
            .ToMessage("t")
            .TaskDefinition;

        Assert.Equal(dependency, Assert.Single(task.CachedDependencies));
        Assert.Equal(file, Assert.Single(task.VolumeMountedFiles));
        Assert.Equal(
            [
                lrp.Setup,
                lrp.Action,
                new LrpAction
                {
                    UploadAction = new UploadAction
                    {
                        Artifact = "droplet",
                        From = "/tmp/droplet",
                        To = "https://files.example/droplet",
                        User = "vcap",
                    },
                },
            ],
            task.Action.SerialAction.Actions
        );
    }

    [Theory]
    [InlineData("downloads: [{from: a}]", "downloads: needs to: PATH (web.yaml:1)")]
    [InlineData("uploads: [{from: a, to: b}]", "uploads: is not a key of an LRP")]
    [InlineData("cached_dependencies: [{from: a, to: b, user: c}]", "user: is not a key of an entry of cached_dependencies")]
    [InlineData("downloads: [{from: a, to: b, checksum: abc}]", "checksum: must be ALGORITHM:HEX")]
    public void A_slip_in_a_transfer_is_named(string text, string complaint)
    {
        var thrown = Assert.Throws<DomainException>(() => LrpSpec.Read(SpecFile.Parse("web.yaml", $"{{{text}}}")));
        Assert.Contains(complaint, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_in_one_text_is_for_the_shell()
    {
        var task = TaskSpec
            .Read(SpecFile.Parse("t.yaml", "{image: /srv/images/x, command: 'echo hi > /tmp/out', result_file: /tmp/out}"))
            .ToMessage("fallback");
        Assert.Equal(
            ("fallback", "oci:///srv/images/x", "/bin/sh"),
            (task.TaskGuid, task.TaskDefinition.RootFs, task.TaskDefinition.Action.RunAction.Path)
        );
        Assert.Equal(["-c", "echo hi > /tmp/out"], task.TaskDefinition.Action.RunAction.Args);
    }

    /// <summary>A spec, and path, user and whether the image's are used for what is empty.</summary>
    [Theory]
    [InlineData("{image: oci:///srv/x, command: [run]}", "run", "", true)]
    [InlineData("{image: oci:///srv/x}", "", "", true)]
    [InlineData("{image: oci:///srv/x, user: app}", "", "app", true)]
    [InlineData("{image: oci:///srv/x, user: app, command: [run]}", "run", "app", false)]
    [InlineData("{image: busybox, command: [run]}", "run", "root", false)]
    public void What_is_not_said_is_the_images(string spec, string path, string user, bool ofImage)
    {
        var run = TaskSpec.Read(SpecFile.Parse("t.yaml", spec)).ToMessage("t").TaskDefinition.Action.RunAction;
        Assert.Equal((path, user, ofImage), (run.Path, run.User, run.ImageDefaults));
    }

    [Fact]
    public void A_root_filesystem_of_the_cell_has_no_command() =>
        Assert.Contains(
            "command: is required",
            Assert.Throws<DomainException>(() => TaskSpec.Read(SpecFile.Parse("t.yaml", "{image: busybox}")).ToMessage("t")).Message
        );

    [Fact]
    public void When_its_image_is_pulled() =>
        Assert.Equal(
            ("always", "never"),
            (
                LrpSpec.Read(SpecFile.Parse("web.yaml", "{name: web, image: 'nginx:1', pull: always}")).ToMessage().ImagePullPolicy,
                TaskSpec.Read(SpecFile.Parse("t.yaml", "{image: 'nginx:1', pull: never}")).ToMessage("t").TaskDefinition.ImagePullPolicy
            )
        );

    [Fact]
    public void How_it_is_asked_to_end()
    {
        var lrp = LrpSpec
            .Read(SpecFile.Parse("web.yaml", "{name: web, image: oci:///srv/x, stop_signal: SIGQUIT, grace_period: 90s}"))
            .ToMessage();
        Assert.Equal(("SIGQUIT", 90_000), (lrp.StopSignal, lrp.GracePeriodMs));
    }

    [Theory]
    [InlineData("name: web\nmemmory: 1G", "memmory: is not a key of an LRP; did you mean memory? (web.yaml:2)")]
    [InlineData(
        "name: web\nxyzzy: 1",
        "xyzzy: is not a key of an LRP; valid keys: annotation, cached_dependencies, capabilities, check, command"
    )]
    [InlineData("instances: three", "instances: must be a whole number of at least 0, not \"three\" (web.yaml:1)")]
    [InlineData("instances: -1", "instances: must be a whole number of at least 0")]
    [InlineData("memory: 1T", "memory: must be megabytes")]
    [InlineData("name: web\nports: 8080", "ports: must be a list (web.yaml:2)")]
    [InlineData("ports: [0]", "ports: must be a port from 1 to 65535")]
    [InlineData("env: [A=b]", "env: must be a map of keys and values")]
    [InlineData("name: [a]", "name: must be a single value")]
    [InlineData("check:\n  htp: /", "htp: is not a key of a check; did you mean http? (web.yaml:2)")]
    [InlineData("check: {interval: 5s}", "check: needs either http: /PATH or tcp: PORT")]
    [InlineData("check: {http: /, interval: 5}", "interval: must be a duration above 0")]
    [InlineData("routes: [{hostnme: a}]", "hostnme: is not a key of a route; did you mean hostname?")]
    [InlineData("routes: [{port: 80}]", "routes: each route needs either hostname or internal")]
    [InlineData("privileged: maybe", "privileged: must be true or false")]
    [InlineData("a: b: c", "web.yaml:1: is not YAML or JSON")]
    [InlineData("name: a\nname: b", "web.yaml:2: is not YAML or JSON")]
    [InlineData("name: web\nenv:\n\tA: b", "web.yaml:3: is not YAML or JSON: the line is indented with a tab; use spaces")]
    [InlineData("name: web\nenv:\n  A: b\n\tC: d", "web.yaml:4: is not YAML or JSON: the line is indented with a tab; use spaces")]
    [InlineData("name: web\n\tports: [80]", "web.yaml:2: is not YAML or JSON: the line is indented with a tab; use spaces")]
    [InlineData(
        "name: web\nports: [80,\n81\nmemory: 1G",
        "web.yaml:3: is not YAML or JSON: is a bracket, brace or comma missing near here?"
    )]
    [InlineData(
        "version: '3'\nservices:\n  db:\n    image: mysql",
        "web.yaml: is a Compose file, which is not supported; write one file per service with name: db"
    )]
    [InlineData(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}",
        "web.yaml: is a Kubernetes Deployment, which is not supported"
    )]
    [InlineData("apiVersion: v1\nkind: Service\n---\napiVersion: apps/v1\nkind: Deployment", "web.yaml: is a Kubernetes Service")]
    [InlineData("applications:\n- name: web", "web.yaml: is a Cloud Foundry manifest")]
    [InlineData("- name: web", "web.yaml: must be a map of keys and values")]
    [InlineData("", "web.yaml: must be a map of keys and values")]
    [InlineData("name: a\n---\nname: b", "web.yaml: must contain exactly one document")]
    public void Complaints_name_the_key_the_rule_and_the_line(string yaml, string complaint)
    {
        var thrown = Assert.Throws<DomainException>(() => LrpSpec.Read(SpecFile.Parse("web.yaml", yaml)));
        Assert.Equal(ErrorKind.InvalidRequest, thrown.Kind);
        Assert.Contains(complaint, thrown.Message);
    }

    [Fact]
    public async Task Flags_win_over_the_file()
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(
                path,
                "{name: web, image: busybox, instances: 2, memory: 64, env: {A: file, B: file}, command: [/bin/a]}"
            );
            var run = await CommandRun.Of(
                "lrp",
                "create",
                "other",
                "-f",
                path,
                "--instances",
                "5",
                "--env",
                "A=flag",
                "--dry-run",
                "--",
                "/bin/b",
                "--flag"
            );
            Assert.Equal((0, ""), (run.ExitCode, run.Error));
            Assert.Contains("\"process_guid\":\"other\"", run.Output);
            Assert.Contains("\"instances\":5", run.Output);
            Assert.Contains("\"memory_mb\":64", run.Output);
            Assert.Contains("""{"name":"A","value":"flag"},{"name":"B","value":"file"}""", run.Output);
            Assert.Contains("""{"path":"/bin/b","args":["--flag"]""", run.Output);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("always", "\"image_pull_policy\":\"always\"")]
    [InlineData("missing", "\"image_pull_policy\":\"missing\"")]
    [InlineData("never", "\"image_pull_policy\":\"never\"")]
    [InlineData("sometimes", "image_pull_policy: must be missing, always or never")]
    public async Task A_flag_says_when_the_images_registry_is_asked(string when, string said)
    {
        foreach (var kind in (string[])["lrp", "task"])
        {
            var run = await CommandRun.Of(kind, "create", "web", "--image", "nginx:1", "--pull", when, "--dry-run", "--", "/bin/a");
            Assert.Equal(when == "sometimes" ? 2 : 0, run.ExitCode);
            Assert.Contains(said, run.Error + run.Output);
        }
    }

    /// <summary>It says everything by itself; a flag that would be left out is refused rather than forgotten.</summary>
    [Theory]
    [InlineData("--memory 64", "--memory: cannot be combined with a file in Diego's JSON")]
    [InlineData("--instances 5", "--instances: cannot be combined with a file in Diego's JSON")]
    [InlineData("-- /bin/b", "command: cannot be combined with a file in Diego's JSON")]
    [InlineData("", null)]
    public async Task Of_a_file_in_Diegos_form_only_the_name_can_be_changed(string flags, string? complaint)
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(
                path,
                """{"process_guid":"web","domain":"d","rootfs":"preloaded:b","instances":1,"metric_tags":{"source_id":{"static":"web"}},"action":{"run":{"path":"/bin/a","user":"root"}}}"""
            );
            var run = await CommandRun.Of([
                "lrp",
                "create",
                "other",
                "-f",
                path,
                "--dry-run",
                .. flags.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            ]);
            Assert.Equal(complaint is null ? 0 : 2, run.ExitCode);
            Assert.Contains(complaint ?? "\"process_guid\":\"other\"", run.Error + run.Output);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
