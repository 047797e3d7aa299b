using System.CommandLine;
using Scheduler.Cli;
using Scheduler.Client;
using Scheduler.Client.Completion;

namespace Scheduler.Tests.Cli.Client.Completion;

public class CompleterTests
{
    private static readonly RootCommand Root = CommandTree.Create(new SettingSource(_ => null, new Dictionary<string, string>(), null));

    [Theory]
    [InlineData("lrp |", "create delete get list restart rollout scale update")]
    [InlineData("lrps |", "create delete get list restart rollout scale update")]
    [InlineData("lrp re|", "restart")]
    [InlineData("--bbs http://a lrp re|", "")] // --bbs is no flag of the top level
    [InlineData("lrp --bbs http://a re|", "restart")]
    [InlineData("lrp --json re|", "restart")]
    [InlineData("ev|", "events")]
    [InlineData("route|", "route route-emitter router")]
    [InlineData("nothing |", "")]
    [InlineData("bbs e|", "export")]
    [InlineData("bbs export --st|", "--store")]
    [InlineData("lrp list --d|", "--domain")]
    [InlineData("lrp list --domain apps --d|", "")] // given already
    [InlineData("lrp list --domain=apps --d|", "")]
    [InlineData("completion |", "bash fish zsh")]
    [InlineData("completion bash |", "")]
    [InlineData("dev --runtime |", "auto containerd docker runc simulated")]
    [InlineData("dev --runtime=d|", "--runtime=docker")]
    [InlineData("dev --runtime = d|", "docker")] // as bash splits it
    [InlineData("dev --runtime =|", "auto containerd docker runc simulated")]
    [InlineData("dev --seccomp |", "default unconfined")]
    [InlineData("exec web -- |", "")]
    [InlineData("exec web -- sh --b|", "")]
    public void Words_that_the_program_knows(string line, string expected) =>
        Assert.Equal(
            expected.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            Complete(line).Candidates.Select(candidate => candidate.Word).Order(StringComparer.Ordinal)
        );

    [Theory]
    [InlineData("lrp get we|", nameof(NameKind.Lrps), "we")]
    [InlineData("lrp get web |", nameof(NameKind.None), "")]
    [InlineData("lrp delete web node|", nameof(NameKind.Lrps), "node")]
    [InlineData("lrp scale web |", nameof(NameKind.None), "")]
    [InlineData("lrp restart web/|", nameof(NameKind.Lrps), "web/")]
    [InlineData("lrp create |", nameof(NameKind.None), "")]
    [InlineData("task wait |", nameof(NameKind.Tasks), "")]
    [InlineData("task create |", nameof(NameKind.None), "")]
    [InlineData("cell drain c|", nameof(NameKind.Cells), "c")]
    [InlineData("cell keep |", nameof(NameKind.AbsentCells), "")]
    [InlineData("logs |", nameof(NameKind.Instances), "")]
    [InlineData("exec we|", nameof(NameKind.Instances), "we")]
    [InlineData("exec web |", nameof(NameKind.None), "")]
    [InlineData("port-forward web |", nameof(NameKind.None), "")]
    [InlineData("domain set |", nameof(NameKind.Domains), "")]
    [InlineData("lrp list --domain |", nameof(NameKind.Domains), "")]
    [InlineData("task list --cell=c|", nameof(NameKind.Cells), "c")]
    [InlineData("lrp rollout w|", nameof(NameKind.Lrps), "w")]
    [InlineData("lrp rollout undo |", nameof(NameKind.Lrps), "")]
    [InlineData("plan a.yaml --without-cell |", nameof(NameKind.Cells), "")]
    public void Words_that_the_cluster_knows(string line, string kind, string typed)
    {
        var completion = Complete(line);
        Assert.Equal((kind, typed), (completion.Names.ToString(), completion.Typed));
        Assert.False(completion.Files);
    }

    [Theory]
    [InlineData("plan |")]
    [InlineData("plan a.yaml b|")]
    [InlineData("lrp create web --file |")]
    [InlineData("lrp list --cert=/e|")]
    [InlineData("cp |")]
    [InlineData("bbs --config |")]
    [InlineData("dev --seccomp /e|")]
    public void Words_that_may_be_paths(string line) => Assert.True(Complete(line).Files);

    [Fact]
    public void A_value_behind_a_flag_keeps_the_flag_where_the_shell_keeps_the_word()
    {
        Assert.Equal("--cell=", Complete("task list --cell=c|").Prefix);
        Assert.Equal("", Complete("task list --cell = c|").Prefix);
    }

    [Fact]
    public void Every_name_that_a_command_takes_has_a_rule()
    {
        var without = Below(Root, "")
            .SelectMany(below => below.Command.Arguments.Select(argument => (below.Path, Argument: argument)))
            .Where(one =>
                (one.Argument.HelpName ?? one.Argument.Name) is var name
                && (name.StartsWith("NAME", StringComparison.Ordinal) || name.StartsWith("CELL", StringComparison.Ordinal))
                && WordRules.Of(one.Argument, one.Path).Names == NameKind.None
            )
            .Select(one => one.Path);
        // It makes the name.
        Assert.Equal(["lrp create"], without);
    }

    [Fact]
    public void The_thin_program_offers_the_commands_of_the_whole_one()
    {
        var thin = ClientCommands
            .Create(new ClientOptions(new SettingSource(_ => null, new Dictionary<string, string>(), null), null))
            .Select(command => command.Name)
            .ToHashSet();
        Assert.Equal(
            Root.Subcommands.Where(command => !command.Hidden && !thin.Contains(command.Name))
                .Select(command => new Candidate(command.Name, command.Description!)),
            WholeProgramCommands.All
        );
    }

    private static Scheduler.Client.Completion.Completion Complete(string line) =>
        new Completer(Root, WholeProgramCommands.All).Of(line.TrimEnd('|').Split(' '));

    private static IEnumerable<(Command Command, string Path)> Below(Command command, string path) =>
        command.Subcommands.Where(sub => !sub.Hidden).SelectMany(sub => Below(sub, $"{path} {sub.Name}".Trim())).Prepend((command, path));
}
