using System.CommandLine;
using Scheduler.Cli.Archive;
using Scheduler.Cli.Copy;
using Scheduler.Cli.Demo;
using Scheduler.Cli.Node;
using Scheduler.Cli.Services;
using Scheduler.Cli.Simulation;

namespace Scheduler.Cli;

/// <summary>Assembles the commands of the program; each is created in its own file.</summary>
internal static class CommandTree
{
    public static RootCommand Create(SettingSource settings)
    {
        var root = new RootCommand();
        root.Explain(
            """
            A container scheduler: decides where containers run and keeps them running

            Exit codes: 0 success; 1 the operation failed; 2 invalid input, nothing was done; 3 refused by the server (not found,
            already exists, wrong state); 4 server unreachable or timed out; 130 interrupted.
            """
        );
        HelpDetails.Install(root);
        var bbs = BbsCommand.Create(settings);
        bbs.Subcommands.Add(BbsExportCommand.Create(settings));
        bbs.Subcommands.Add(BbsImportCommand.Create(settings));
        Command[] components =
        [
            bbs,
            AuctioneerCommand.Create(settings),
            RepCommand.Create(settings),
            ConvergerCommand.Create(settings),
            RouteEmitterCommand.Create(settings),
            RouterCommand.Create(settings),
        ];
        foreach (var command in All(settings, components, DevCommand.Create(settings)))
            root.Subcommands.Add(command);
        return root;
    }

    private static IEnumerable<Command> All(SettingSource settings, Command[] components, Command node)
    {
        var client = new ClientOptions(settings, new ServerCode());
        foreach (var command in ClientCommands.Create(client))
        {
            yield return command;
            if (command.Name == "exec")
                yield return CopyCommand.Create(client);
        }

        yield return DemoCommand.Create(settings);
        yield return node;
        foreach (var component in components)
            yield return component;
        yield return SettingsCommand.Create([.. components, node]);
        yield return AuctionReplayCommand.Create();
        yield return SimulateCommand.Create();
        yield return VersionCommand.Create();
    }
}
