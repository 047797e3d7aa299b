using System.CommandLine;
using System.Net;
using System.Text;
using Scheduler.Cli;
using Scheduler.Client;
using Scheduler.Tests.ProgramKit;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.Cli;

public class HelpTests
{
    public static TheoryData<string> Commands => [.. Paths()];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Every_command_explains_itself_whatever_it_requires(string command)
    {
        var run = await HelpOfAsync(command);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("Usage:", run.Output, StringComparison.Ordinal);
    }

    /// <summary>People and scripts rely on commands and flags.</summary>
    [Fact]
    public async Task The_help_of_all_commands_is_as_reviewed()
    {
        var text = new StringBuilder();
        foreach (var command in Paths())
        {
            var help = (await HelpOfAsync(command))
                .Output.ReplaceLineEndings("\n")
                .Replace($"default: {Dns.GetHostName()}", "default: host name", StringComparison.Ordinal);
            text.Append($"$ scheduler {command} --help\n".Replace("  ", " ", StringComparison.Ordinal))
                .AppendJoin('\n', help.Split('\n').Select(line => line.TrimEnd()))
                .Append('\n');
        }

        Golden.Equal("tests/Cli/Golden/help.txt", text.ToString());
    }

    private static Task<CommandRun> HelpOfAsync(string command) =>
        CommandRun.Of([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

    private static IEnumerable<string> Paths() => Below(CommandTree.Create(SettingSource.Load([])), "");

    private static IEnumerable<string> Below(Command command, string path)
    {
        yield return path;
        foreach (var sub in command.Subcommands.Where(sub => !sub.Hidden).SelectMany(sub => Below(sub, $"{path} {sub.Name}".Trim())))
            yield return sub;
    }
}
