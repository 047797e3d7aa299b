using System.CommandLine;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler task</c></summary>
internal static class TaskCommand
{
    public static Command Create(ClientOptions client)
    {
        var command = new Command("task", "Tasks: work that runs once to completion");
        command.Aliases.Add("tasks");
        foreach (
            var verb in (Command[])
                [
                    TaskCreateCommand.Create(client),
                    TaskListCommand.Create(client),
                    TaskGetCommand.Create(client),
                    TaskWaitCommand.Create(client),
                    TaskCancelCommand.Create(client),
                    TaskDeleteCommand.Create(client),
                ]
        )
            command.Subcommands.Add(verb);
        return client.On(command);
    }
}
