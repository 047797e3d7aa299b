using System.CommandLine;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Scheduler.Auctioneer;
using Scheduler.Bbs;
using Scheduler.Bbs.Validation;
using Scheduler.Cli;
using Scheduler.Cli.Services;
using Scheduler.Client;
using Scheduler.Converger;
using Scheduler.Hosting;
using Scheduler.Hosting.Leases;
using Scheduler.Hosting.Settings;
using Scheduler.Messaging;
using Scheduler.Rep;
using Scheduler.RouteEmitter;
using Scheduler.Router;
using Scheduler.Tests.ProgramKit;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.Cli;

public sealed class SettingsTests
{
    private static readonly string[] Components = ["bbs", "auctioneer", "rep", "converger", "route-emitter", "router"];

    /// <summary>An option that nothing can set is a constant, or not finished.</summary>
    [Fact]
    public void Every_option_can_be_set()
    {
        var commands = string.Join(
            '\n',
            Directory
                .EnumerateFiles(Path.Combine(Repository.Root, "src/Cli"), "*.cs", SearchOption.AllDirectories)
                .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
                .Select(File.ReadAllText)
        );
        Assert.Empty(
            from type in OptionTypes()
            from property in type.GetProperties()
            where
                property.SetMethod is { IsPublic: true }
                && !property.IsDefined(typeof(SettingAttribute))
                && !HoldsOptions(property.PropertyType)
            where !Regex.IsMatch(commands, $@"\b{property.Name}\b[^=;\n]* = ")
            select $"{type.Name}.{property.Name}"
        );
    }

    [Fact]
    public void The_defaults_break_no_rule()
    {
        object[] options =
        [
            new AuctioneerOptions(),
            new ConvergerOptions(),
            new RouteEmitterOptions(),
            new RouterOptions(),
            new FrontLimits(),
            new NatsOptions(),
            new ListenerLimits(),
            new ComponentOptions { Name = "any" },
        ];
        Assert.Empty(OptionRules.Violations(options));
        new BbsOptions().Validate();
    }

    [Fact]
    public void The_document_of_settings_is_up_to_date() => Golden.Equal("docs/settings.md", Document());

    [Theory]
    [InlineData("bbs", "--event-capacity", "15", "--event-capacity: must be a whole number from 16 to 10000000, not \"15\"")]
    [InlineData(
        "bbs",
        "--event-heartbeat",
        "5ms",
        "--event-heartbeat: must be a duration from 10ms to 10m, written like 500ms, 15s, 10m or 1h, not \"5ms\""
    )]
    [InlineData("converger", "--batch-size", "many", "--batch-size: must be a whole number from 1 to 10000, not \"many\"")]
    [InlineData("converger", "--outbox-limit", "10", "outbox-limit: must be at least batch-size")]
    [InlineData("rep", "--last-host-port", "60000", "last-host-port: must be at least first-host-port")]
    [InlineData("auctioneer", "--starts-per-cell", "0.001", "starts-per-cell: must be from 0.01 to 100000, or 0 for no limit")]
    [InlineData(
        "route-emitter",
        "--register-interval",
        "2m",
        "--register-interval: must be a duration from 1s to 1m, written like 500ms, 15s, 10m or 1h, not \"2m\""
    )]
    [InlineData(
        "rep",
        "--default-open-files",
        "5000000000",
        "--default-open-files: must be a whole number from 16 to 1048576, not \"5000000000\""
    )]
    [InlineData("rep", "--max-inodes", "2e5", "--max-inodes: must be a whole number from 1024 to 1073741824, not \"2e5\"")]
    [InlineData("rep", "--disk-quota", "none", "--disk-quota: must be auto, project, loop, watch or off, not \"none\"")]
    [InlineData("router", "--balancing", "random", "--balancing: must be round-robin or least-connection, not \"random\"")]
    [InlineData("router", "--trusted-proxies", "10.0.0.1/99", "trusted-proxies: must be networks such as 10.0.0.0/8, not \"10.0.0.1/99\"")]
    [InlineData("router", "--tls-listen", "127.0.0.1:0", "tls-cert, tls-key: must be set together with tls-listen")]
    [InlineData("router", "--max-attempts", "3", "nats: must be set")]
    [InlineData("auctioneer", "--starting-container-weight", "x", "--starting-container-weight: must be a number of at least 0, not \"x\"")]
    public async Task A_value_out_of_its_range_is_refused_by_name(string component, string flag, string value, string error)
    {
        string[] insecure = component is "converger" or "route-emitter" or "router" ? [] : ["--insecure"];
        var run = await CommandRun.Of([component, flag, value, .. insecure]);
        Assert.Equal(ExitCodes.BadInput, run.ExitCode);
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_setting_comes_from_its_flag_else_the_environment_else_the_file()
    {
        var file = new Dictionary<string, string>
        {
            ["event-capacity"] = "100",
            ["commit-max-rows"] = "7",
            ["lock-ttl"] = "4s",
        };
        var source = new SettingSource(
            name => name is "SCHEDULER_EVENT_CAPACITY" or "SCHEDULER_COMMIT_MAX_ROWS" ? "200" : null,
            file,
            "any.yaml"
        );
        var settings = new OptionSettings<BbsOptions>(source, new BbsOptions());
        var command = new Command("any");
        settings.AddTo(command);

        var options = settings.Apply(command.Parse(["--event-capacity", "300"]), new BbsOptions());

        Assert.Equal(
            (300, 200, TimeSpan.FromSeconds(4), new BbsOptions().Outbound.RepTries),
            (options.Events.Capacity, options.Loop.MaxBatchRows, options.Leadership.Ttl, options.Outbound.RepTries)
        );
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_settings_of_a_component_are_listed(string component)
    {
        var (table, json, help) = (
            await CommandRun.Of("settings", component),
            await CommandRun.Of("settings", component, "--json"),
            await CommandRun.Of(component, "--help")
        );
        Assert.Equal((0, 0), (table.ExitCode, json.ExitCode));
        Assert.Contains("--max-answer-bytes", table.Output, StringComparison.Ordinal);
        Assert.Contains("\"variable\":\"SCHEDULER_MAX_ANSWER_BYTES\"", json.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("--max-answer-bytes", help.Output, StringComparison.Ordinal);
        Assert.Contains($"Further settings: ./scheduler settings {component}", help.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_settings_of_the_all_in_one_node_are_listed()
    {
        var (table, help) = (await CommandRun.Of("settings", "dev"), await CommandRun.Of("dev", "--help"));
        Assert.Equal(0, table.ExitCode);
        Assert.Contains("--max-concurrent-creates", table.Output, StringComparison.Ordinal);
        Assert.Contains("Further settings: ./scheduler settings dev", help.Output, StringComparison.Ordinal);
    }

    // The router calls no other component, so it has no settings of such calls.
    public static TheoryData<string> Names => [.. Components.Where(component => component != "router")];

    private static IEnumerable<Type> OptionTypes() =>
        from assembly in (Assembly[])
            [
                typeof(ComponentOptions).Assembly,
                typeof(BbsOptions).Assembly,
                typeof(AuctioneerOptions).Assembly,
                typeof(RepOptions).Assembly,
                typeof(ConvergerOptions).Assembly,
                typeof(NatsOptions).Assembly,
                typeof(RouteEmitterOptions).Assembly,
                typeof(RouterOptions).Assembly,
            ]
        from type in assembly.GetTypes()
        where
            type is { IsPublic: true, IsClass: true }
            && (
                type.Name.EndsWith("Options", StringComparison.Ordinal)
                || type == typeof(ListenerLimits)
                || type == typeof(FrontLimits)
                || type == typeof(RequestLimits)
            )
        // Made of a component's options, and of what only it knows.
        where type != typeof(LeaseOptions)
        select type;

    private static bool HoldsOptions(Type type) => OptionTypes().Contains(type);

    private static string Document()
    {
        var text = new StringBuilder(
            """
            # Settings

            Every setting of every component. A setting comes from its flag, else from the environment variable, else from the key of the
            `--config` file that is named like the flag, else from its default. `./scheduler settings COMPONENT` prints the same.

            """
        );
        var root = CommandTree.Create(new SettingSource(_ => null, new Dictionary<string, string>(), null));
        foreach (var component in Components)
        {
            text.Append($"\n## {component}\n\n| flag | default | about |\n|---|---|---|\n");
            foreach (var setting in Setting.Of(root.Subcommands.Single(command => command.Name == component)))
            {
                // The machine's own name is no default that can be written down.
                var value =
                    setting.Flag == "--cell-id" && component == "rep" ? "host name"
                    : setting.Default.Length == 0 ? ""
                    : $"`{setting.Default}`";
                text.Append($"| `{setting.Flag}` | {value} | {setting.About.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
            }
        }

        return text.ToString();
    }
}
