using System.CommandLine;
using Scheduler.Cli.Services;

namespace Scheduler.Cli;

/// <summary>Every command of the program; each is made in a file of its own.</summary>
internal static class CommandTree
{
    public static RootCommand Create(SettingSource settings)
    {
        var root = new RootCommand("A container scheduler: says where containers run, and keeps them running.");
        foreach (var command in All(settings))
            root.Subcommands.Add(command);
        return root;
    }

    private static IEnumerable<Command> All(SettingSource settings)
    {
        yield return AuctioneerCommand.Create(settings);
        yield return RepCommand.Create(settings);
    }
}
