using System.CommandLine;
using Scheduler.Client;
using Scheduler.Client.Contexts;
using Scheduler.Models;
using Scheduler.Tests.ProgramKit;

namespace Scheduler.Tests.Cli.Client.Contexts;

/// <summary>Tests that change variables of the process, which others read.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class VariableTests
{
    public const string Name = "variables";
}

/// <summary>Each test has a configuration directory of its own.</summary>
[Collection(VariableTests.Name)]
public sealed class ContextTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("contexts-").FullName;
    private readonly Dictionary<string, string?> _before = [];

    public ContextTests()
    {
        // Sets its own directory first.
        System.Runtime.CompilerServices.RuntimeHelpers.RunClassConstructor(typeof(CommandRun).TypeHandle);
        Set("XDG_CONFIG_HOME", _directory);
    }

    private string Stored => Path.Combine(_directory, "scheduler", "contexts.json");

    public void Dispose()
    {
        foreach (var (name, value) in _before)
            Environment.SetEnvironmentVariable(name, value);
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Contexts_are_set_used_listed_shown_and_removed()
    {
        Assert.Equal("prod: created\n", await OkAsync("context set prod --bbs https://a:1,https://b:2 --cert me.crt --key /keys/me.key"));
        Assert.Equal("test: created\n", await OkAsync("context set test --bbs http://c:3"));
        Assert.Equal(
            """
               CONTEXT  BBS                            CERTIFICATE
               prod     https://a:1,https://b:2        HERE/me.crt
               test     http://c:3                     -
            *  dev      (the running ./scheduler dev)  -

            """.Replace("HERE/me.crt", Path.GetFullPath("me.crt"), StringComparison.Ordinal),
            await OkAsync("context list")
        );
        Assert.Equal("prod: in use\n", await OkAsync("context use prod"));
        Assert.Equal("prod: changed\n", await OkAsync("context set prod --cert none --bbs https://a:1"));
        Assert.Equal("context:  prod (in use)\nbbs:      https://a:1\nkey:      /keys/me.key\n", await OkAsync("context show"));
        Assert.Equal("{\"context\":\"test\",\"in_use\":false,\"bbs\":[\"http://c:3\"]}\n", await OkAsync("context show test --json"));
        Assert.Equal("prod: removed; dev is in use\n", await OkAsync("context remove prod"));
        Assert.Equal("dev: in use\n", await OkAsync("context use dev"));
        Assert.Equal(2, (await OkAsync("context list --json")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task The_file_is_its_owners_alone_and_nothing_else_is_left()
    {
        await OkAsync("context set prod --bbs https://a:1");
        await OkAsync("context set prod --bbs https://a:2");
        Assert.Equal([Stored], Directory.GetFiles(Path.Combine(_directory, "scheduler")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Stored));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Path.GetDirectoryName(Stored)!)
        );
    }

    [Fact]
    public async Task Each_value_comes_from_the_first_that_has_it()
    {
        await OkAsync("context set prod --bbs https://prod --cert /prod.crt");
        await OkAsync("context set test --bbs https://test --ca /test.ca");
        Assert.Equal(new Connection([Default], null, null, null), Of("lrp list"), Same);
        await OkAsync("context use prod");
        Assert.Equal(new Connection(["https://prod"], "/prod.crt", null, null), Of("lrp list"), Same);
        Set("SCHEDULER_CONTEXT", "test");
        Assert.Equal(new Connection(["https://test"], null, null, "/test.ca"), Of("lrp list"), Same);
        Set("SCHEDULER_BBS", "https://variable");
        Assert.Equal(new Connection(["https://variable"], null, null, "/test.ca"), Of("lrp list"), Same);
        Assert.Equal(new Connection(["https://prod"], "/prod.crt", null, null), Of("lrp list --context prod"), Same);
        Assert.Equal(
            new Connection(["https://flag"], "/flag.crt", null, null),
            Of("lrp list --context prod --bbs https://flag --cert /flag.crt"),
            Same
        );
        Assert.Equal(new Connection(["https://variable"], null, null, null), Of("lrp list --context dev"), Same);
    }

    [Fact]
    public async Task A_missing_context_is_named_with_the_one_that_was_meant()
    {
        await OkAsync("context set prod --bbs https://a:1");
        foreach (
            var (line, error) in ((string, string)[])
                [
                    ("lrp list --context prd", "--context: there is no context \"prd\"; did you mean prod?"),
                    ("context use prdo", "CONTEXT: there is no context \"prdo\"; did you mean prod?"),
                    ("context remove elsewhere", "CONTEXT: there is no context \"elsewhere\"; scheduler context list shows all"),
                    ("context show prof", "CONTEXT: there is no context \"prof\"; did you mean prod?"),
                    ("context remove dev", "CONTEXT: dev cannot be removed"),
                    ("context set dev --bbs https://a", "NAME: must not be dev"),
                    ("context set .x --bbs https://a", "NAME: must have 1 to 63 letters"),
                    ("context set a/b --bbs https://a", "NAME: must have 1 to 63 letters"),
                    ("context set new", "--bbs: must be given for a new context"),
                    ("context set new --bbs a:1", "--bbs: must be a URL such as https://bbs:8889, not \"a:1\""),
                ]
        )
        {
            var run = await CommandRun.Of(line.Split(' '));
            Assert.Equal(ExitCodes.BadInput, run.ExitCode);
            Assert.Contains(error, run.Error);
        }
        Set("SCHEDULER_CONTEXT", "prid");
        Assert.Contains("SCHEDULER_CONTEXT: there is no context \"prid\"; did you mean prod?", (await CommandRun.Of("lrp", "list")).Error);
    }

    [Fact]
    public async Task A_damaged_file_is_told_and_never_replaced()
    {
        await OkAsync("context set prod --bbs https://a:1");
        foreach (
            var text in (string[])
                [
                    "{",
                    "[]",
                    "null",
                    "{\"contexts\":null}",
                    "{\"contexts\":{\"a\":null}}",
                    "{\"contexts\":{\"a\":{}}}",
                    new string(' ', 300_000),
                ]
        )
        {
            await File.WriteAllTextAsync(Stored, text);
            foreach (var line in (string[])["lrp list", "context set new --bbs https://a", "context list"])
            {
                var run = await CommandRun.Of(line.Split(' '));
                Assert.Equal(ExitCodes.BadInput, run.ExitCode);
                Assert.Contains($"context: {Stored} is damaged", run.Error);
            }
            Assert.Equal(text, await File.ReadAllTextAsync(Stored));
        }
    }

    [Fact]
    public void There_are_so_many_and_no_more()
    {
        var file = new ContextFile(Stored);
        var some = Enumerable.Range(0, ContextFile.MaxContexts).ToDictionary(i => $"c{i}", i => new ClusterContext([$"https://{i}"]));
        file.Write(new StoredContexts(null, some));
        some.Add("one-more", new ClusterContext(["https://x"]));
        Assert.Contains("at most 100", Assert.Throws<DomainException>(() => file.Write(new StoredContexts(null, some))).Message);
        Assert.Equal(ContextFile.MaxContexts, file.Read().Contexts.Count);
        var large = new Dictionary<string, ClusterContext> { ["a"] = new([new string('x', 300_000)]) };
        Assert.Contains("256 KiB", Assert.Throws<DomainException>(() => file.Write(new StoredContexts(null, large))).Message);
    }

    [Fact]
    public async Task Their_names_are_completed()
    {
        await OkAsync("context set prod --bbs https://a:1");
        Assert.Equal("dev\nprod\n:\n", await OkAsync("complete -- context use "));
        Assert.Equal("--context=prod\n:\n", await OkAsync("complete -- lrp list --context=p"));
        Assert.Equal(":\n", await OkAsync("complete -- context set p"));
    }

    private const string Default = "http://127.0.0.1:8889";

    // Arrays compare by reference.
    private static bool Same(Connection one, Connection other) => Text(one) == Text(other);

    private static string Text(Connection one) => $"{string.Join(',', one.Bbs)} {one.CertificateFile} {one.KeyFile} {one.AuthorityFile}";

    private static Connection Of(string line)
    {
        var client = new ClientOptions(SettingSource.Load([]), null);
        var root = new RootCommand();
        foreach (var command in ClientCommands.Create(client))
            root.Subcommands.Add(command);
        return client.ConnectionOf(root.Parse(line.Split(' ')));
    }

    private static async Task<string> OkAsync(string line)
    {
        var run = await CommandRun.Of(line.Split(' '));
        Assert.True(run.ExitCode == 0, run.Error);
        return run.Output;
    }

    private void Set(string name, string value)
    {
        _before.TryAdd(name, Environment.GetEnvironmentVariable(name));
        Environment.SetEnvironmentVariable(name, value);
    }
}
