using System.CommandLine;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler lrp</c></summary>
internal static class LrpCommand
{
    public static Command Create(ClientOptions client)
    {
        var command = new Command("lrp", "Long-running processes: create, list, update, scale, roll out, restart and delete them");
        command.Aliases.Add("lrps");
        foreach (
            var verb in (Command[])
                [
                    LrpCreateCommand.Create(client),
                    LrpListCommand.Create(client),
                    LrpGetCommand.Create(client),
                    LrpUpdateCommand.Create(client),
                    LrpScaleCommand.Create(client),
                    LrpRolloutCommand.Create(client),
                    LrpRestartCommand.Create(client),
                    LrpDeleteCommand.Create(client),
                ]
        )
            command.Subcommands.Add(verb);
        return client.On(command);
    }
}
