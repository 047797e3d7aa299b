using System.CommandLine;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler domain</c></summary>
internal static class DomainCommand
{
    public static Command Create(ClientOptions client)
    {
        var command = new Command(
            "domain",
            "Domains: while one is fresh, its list of desired LRPs is complete, so surplus instances may be stopped"
        );
        command.Aliases.Add("domains");
        var list = DomainListCommand.Create(client);
        command.Subcommands.Add(list);
        command.Subcommands.Add(DomainSetCommand.Create(client));
        command.Action = list.Action;
        return client.On(command);
    }
}
