using System.CommandLine;
using Scheduler.Cli.Client;
using Scheduler.Cli.Client.Commands;
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
        Command[] components =
        [
            BbsCommand.Create(settings),
            AuctioneerCommand.Create(settings),
            RepCommand.Create(settings),
            ConvergerCommand.Create(settings),
            RouteEmitterCommand.Create(settings),
        ];
        foreach (var command in All(settings, components, DevCommand.Create(settings)))
            root.Subcommands.Add(command);
        return root;
    }

    private static IEnumerable<Command> All(SettingSource settings, Command[] components, Command node)
    {
        var client = new ClientOptions(settings);
        yield return LrpCommand.Create(client);
        yield return TaskCommand.Create(client);
        yield return CellCommand.Create(client);
        yield return ImageCommand.Create(client);
        yield return DomainCommand.Create(client);
        yield return EventsCommand.Create(client);
        yield return LogsCommand.Create(client);
        yield return ExecCommand.Create(client);
        yield return CopyCommand.Create(client);
        yield return TopCommand.Create(client);
        yield return PortForwardCommand.Create(client);
        yield return ExplainCommand.Create(client);
        yield return PlanCommand.Create(client);
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
