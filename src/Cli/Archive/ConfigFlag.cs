using System.CommandLine;
using System.CommandLine.Parsing;

namespace Scheduler.Cli.Archive;

/// <summary>The flag <c>--config</c> of a command below <c>scheduler bbs</c>, which takes the file of the BBS.</summary>
internal static class ConfigFlag
{
    public static void AddTo(Command command, IEnumerable<Option> settings)
    {
        foreach (var option in settings)
            command.Options.Add(option);
        command.Options.Add(
            new Option<string?>(SettingSource.ConfigFlag)
            {
                Description = "YAML file of settings, as for scheduler bbs; keys are the flag names",
                HelpName = "FILE",
            }
        );
    }

    /// <exception cref="Models.DomainException">The file has a key that is not a setting of <c>scheduler bbs</c>.</exception>
    public static void Check(SettingSource source, ParseResult parsed) =>
        source.CheckKeys(((CommandResult)parsed.CommandResult.Parent!).Command);
}
