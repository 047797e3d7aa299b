using System.CommandLine;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler image</c>; <c>scheduler images</c> without a subcommand lists them.</summary>
internal static class ImageCommand
{
    public static Command Create(ClientOptions client)
    {
        var command = new Command("image", "Images on the disks of cells");
        command.Aliases.Add("images");
        var list = ImageListCommand.Create(client);
        foreach (
            var verb in (Command[])
                [list, ImagePullCommand.Create(client), ImageRemoveCommand.Create(client), ImagePruneCommand.Create(client)]
        )
            command.Subcommands.Add(verb);
        command.Action = list.Action;
        return client.On(command);
    }
}
