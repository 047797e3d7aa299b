using System.CommandLine;

namespace Scheduler.Cli.Client.Commands;

/// <summary><c>scheduler lrp</c></summary>
internal static class LrpCommand
{
    public static Command Create(ClientOptions client)
    {
        var command = new Command("lrp", "Long-running processes: say how many instances of what should run, and see what runs");
        command.Aliases.Add("lrps");
        foreach (var verb in (Command[])
            [LrpCreateCommand.Create(client), LrpListCommand.Create(client), LrpGetCommand.Create(client), LrpUpdateCommand.Create(client),
             LrpScaleCommand.Create(client), LrpRestartCommand.Create(client), LrpDeleteCommand.Create(client)])
            command.Subcommands.Add(verb);
        return client.On(command);
    }
}
