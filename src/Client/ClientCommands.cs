using System.CommandLine;
using Scheduler.Client.Commands;
using Scheduler.Client.Completion;

namespace Scheduler.Client;

/// <summary>The commands that talk to a cluster, in the order of the help.</summary>
internal static class ClientCommands
{
    public static IEnumerable<Command> Create(ClientOptions client) =>
        [
            ApplyCommand.Create(client),
            LrpCommand.Create(client),
            TaskCommand.Create(client),
            CellCommand.Create(client),
            ImageCommand.Create(client),
            DomainCommand.Create(client),
            RouteCommand.Create(client),
            WaitCommand.Create(client),
            EventsCommand.Create(client),
            LogsCommand.Create(client),
            ExecCommand.Create(client),
            TopCommand.Create(client),
            PortForwardCommand.Create(client),
            ExplainCommand.Create(client),
            PlanCommand.Create(client),
            ContextCommand.Create(client),
            CompletionCommand.Create(),
            CompleteCommand.Create(client),
        ];
}
