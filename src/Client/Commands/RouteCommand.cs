using System.CommandLine;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler route</c></summary>
internal static class RouteCommand
{
    public static Command Create(ClientOptions client)
    {
        var command = new Command("route", "HTTP routes: which hostnames and paths lead to which instances");
        command.Aliases.Add("routes");
        var list = RouteListCommand.Create(client);
        command.Subcommands.Add(list);
        command.Action = list.Action;
        return client.On(command);
    }
}
