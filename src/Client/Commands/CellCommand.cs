using System.CommandLine;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler cell</c>; <c>scheduler cells</c> without a subcommand lists them.</summary>
internal static class CellCommand
{
    public static Command Create(ClientOptions client)
    {
        var command = new Command("cell", "Cells: the machines that run containers");
        command.Aliases.Add("cells");
        var list = CellListCommand.Create(client);
        foreach (
            var verb in (Command[])
                [
                    list,
                    CellGetCommand.Create(client),
                    CellDrainCommand.Create(client),
                    CellLoseCommand.Create(client),
                    CellKeepCommand.Create(client),
                ]
        )
            command.Subcommands.Add(verb);
        command.Action = list.Action;
        return client.On(command);
    }
}
