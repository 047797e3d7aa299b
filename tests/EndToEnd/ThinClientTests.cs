using System.Diagnostics;
using System.Text.RegularExpressions;
using Scheduler.Tests.EndToEnd.Cluster;
using Scheduler.Tests.ProgramKit;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd;

/// <summary>The client commands compiled ahead of time answer as the whole program does, whichever of both runs a command line.</summary>
[Trait(TestScale.Run, TestScale.NightlyOnly)]
public sealed partial class ThinClientTests : IAsyncLifetime
{
    // Compiling takes half a minute, and longer beside other tests.
    private static readonly TimeSpan CompileLimit = TimeSpan.FromMinutes(6);

    private static readonly string Program = Path.Combine(Repository.Root, "src/Cli/bin/Release/net10.0/scheduler-client");

    private readonly string _files = Directory.CreateTempSubdirectory("thin-").FullName;
    private DevNode _node = null!;

    public async ValueTask InitializeAsync()
    {
        using (var compiling = Process.Start(Path.Combine(Repository.Root, "eng/thin-client"), ["--wait"]))
        {
            await compiling.WaitForExitAsync().WaitAsync(CompileLimit);
            Assert.True(compiling.ExitCode == 0, $"eng/thin-client exited with {compiling.ExitCode}");
        }

        // With TLS, which has most to go wrong.
        _node = await DevNode.StartAsync(Directory.CreateTempSubdirectory("e2e-").FullName, "--simulated");
        foreach (var name in (string[])["one", "two"])
        {
            Write(
                $"{name}.yaml",
                $"""
                name: {name}-file
                image: busybox
                command: [/bin/httpd, -f]
                instances: 1
                ports: [8080]
                routes:
                  - {name}.example.com
                  - hostname: admin.example.com/v1
                    port: 8080
                env:
                  A: b
                  C: "1"
                check:
                  http: /
                  interval: 30s
                """
            );
            Write(
                $"{name}.json",
                """
                {"process_guid":"NAME-diego","domain":"d","rootfs":"preloaded:busybox","instances":1,"memory_mb":32,"disk_mb":32,
                 "action":{"serial":{"actions":[{"run":{"path":"/bin/true","user":"root","env":[{"name":"A","value":"b"}]}}]}},
                 "routes":{"cf-router":[{"hostnames":["x.example.com"],"port":8080}]},"ports":[8080],
                 "egress_rules":[{"protocol":"tcp","destinations":["0.0.0.0/0"],"ports":[80,443]}],
                 "placement_tags":[],"metric_tags":{"source_id":{"static":"s"},"i":{"dynamic":"INDEX"}},"update_strategy":1}
                """.Replace("NAME", name, StringComparison.Ordinal)
            );
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_node is not null)
            await _node.DisposeAsync();
        Directory.Delete(_files, recursive: true);
    }

    [Fact]
    public async Task Every_command_line_ends_alike_in_both_programs()
    {
        foreach (var line in Changes)
            Assert.Equal(Masked(await WholeAsync(line, "two")), Masked(await ThinAsync(line, "one")));
        foreach (var line in Looks)
            Assert.Equal(Masked(await WholeAsync(line, "one")), Masked(await ThinAsync(line, "one")));
    }

    /// <summary>A script that pipes or feeds commands must not notice either.</summary>
    [Theory]
    [InlineData("lrp create -f -", 0)]
    [InlineData("lrp create -f - --dry-run", 0)]
    [InlineData("task create -f -", 2)]
    public async Task A_file_comes_through_standard_input(string line, int code)
    {
        var run = await RunAsync([.. _node.ArgumentsOf(line.Split(' '))], "{name: piped, image: busybox, command: [sh], instances: 1}");
        Assert.True(run.ExitCode == code, $"{line}: {run}");
    }

    /// <summary>What it cannot run itself, it leaves to the program that started it, if that says so.</summary>
    [Fact]
    public async Task The_script_gets_back_what_is_not_for_the_client()
    {
        var script = Path.Combine(_files, "script");
        Write("script", "#!/bin/sh\necho \"handed over: $*\"\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var run = await RunAsync(["bbs", "--listen", "x y"], environment: [("SCHEDULER_HAND_OVER", script)]);
        Assert.Equal((0, "handed over: bbs --listen x y\n", ""), (run.ExitCode, run.Output, run.Error));
    }

    private static readonly string[] Changes =
    [
        "lrp create NAME --image busybox -i 2 -p 8080 --route NAME.example.com --check-http / --memory 64M --env A=b -- /bin/httpd -f",
        "lrp create NAME --image busybox -- /bin/httpd",
        "lrp create -f DIR/NAME.yaml --instances 2",
        "lrp create -f DIR/NAME.json",
        "lrp update NAME --annotation hello --route NAME.example.org",
        "lrp scale NAME 3",
        "lrp restart NAME/0",
        "lrp delete NAME-diego",
        "task create NAME-task --image busybox --result-file /tmp/out -- /bin/true",
        "task delete NAME-nope",
        "domain set NAME-domain --ttl 60s",
    ];

    private static readonly string[] Looks =
    [
        "lrp list",
        "lrp list --json",
        "lrp ls --domain default",
        "lrp list --output wide",
        "lrp list -o yaml",
        "lrp list --json -o yaml",
        "lrp get one",
        "lrp get one --json",
        "lrp get one-file --json",
        "lrp get nope",
        "lrp lst",
        "lrp list --jsno",
        "lrp list --domain nowhere",
        "lrp create bad! --image busybox -- sh",
        "lrp create one --image busybox --memory -5 -- sh",
        "lrp create other --image busybox --dry-run --json -- sh",
        "lrp create other --image registry.example/a:1 --docker-login -- sh",
        "lrp",
        "lrp --help",
        "lrp list -h",
        "cell list",
        "cells --json",
        "cell get cell-1",
        "cell get cell-9",
        "cell keep --for x",
        "task list",
        "task list --json",
        "task get one-task --json",
        "domain list",
        "domain list --json",
        "image list",
        "context list",
        "context show nope",
        "completion fish",
        "complete -- lrp ge",
        "complete -- bbs ex",
        "explain one/0",
        "explain one/0 --json",
        "plan DIR/one.yaml",
        "plan DIR/one.yaml --json",
        "plan DIR/nope.yaml",
        "logs one/0",
        "logs nope",
        "top one --once --interval 1ms --json",
        "exec one/0 -- true",
        "cp one/0:/a .",
        "version",
        "--help",
        "settings bbs",
        "",
        "nonsense",
        "lrp list --bbs http://127.0.0.1:9",
        "lrp list --timeout never",
        "lrp list --ca /nope",
    ];

    private Task<CommandRun> WholeAsync(string line, string name) => CommandRun.Of(Words(line, name));

    private Task<CommandRun> ThinAsync(string line, string name) => RunAsync(Words(line, name));

    private string[] Words(string line, string name)
    {
        string[] words =
        [
            .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(word => word.Replace("NAME", name, StringComparison.Ordinal).Replace("DIR", _files, StringComparison.Ordinal)),
        ];
        // Not every command knows the node's flags, and some lines have others.
        return words is ["version" or "--help" or "settings" or "nonsense", ..] or [] || words.Contains("--bbs")
            ? words
            : _node.ArgumentsOf(words);
    }

    /// <summary>What differs from one moment to the next, and between two of a kind.</summary>
    private static (int Code, string Output, string Error) Masked(CommandRun run) => (run.ExitCode, Mask(run.Output), Mask(run.Error));

    private static string Mask(string text) => Moments().Replace(text.Replace("two", "one", StringComparison.Ordinal), "#");

    [GeneratedRegex(@"\b\d+s\b|""(timestamp|cpu_percent|decided_at|memory_bytes)"":[^,}]+")]
    private static partial Regex Moments();

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_files, name), text);

    private static async Task<CommandRun> RunAsync(string[] args, string input = "", (string Name, string Value)[]? environment = null)
    {
        var start = new ProcessStartInfo(Program, args)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? [])
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(Wait.Patience);
        return new CommandRun(process.ExitCode, await output, await error);
    }
}
