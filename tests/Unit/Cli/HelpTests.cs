using System.CommandLine;
using Scheduler.Cli;
using Scheduler.Cli.Services;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.Unit.Cli;

public class HelpTests
{
    public static TheoryData<string> Commands => [.. Below(CommandTree.Create(SettingSource.Load([])), "")];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Every_command_explains_itself_whatever_it_requires(string command)
    {
        var run = await CommandRun.Of([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("Usage:", run.Output, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Below(Command command, string path)
    {
        yield return path;
        foreach (var sub in command.Subcommands.Where(sub => !sub.Hidden).SelectMany(sub => Below(sub, $"{path} {sub.Name}".Trim()))) yield return sub;
    }
}
