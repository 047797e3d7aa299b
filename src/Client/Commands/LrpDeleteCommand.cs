using System.CommandLine;
using Scheduler.Contracts.V1;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler lrp delete</c></summary>
internal static class LrpDeleteCommand
{
    public static Command Create(ClientOptions client)
    {
        var command = new Command("delete", "Delete processes and stop all their instances");
        var guids = new Argument<string[]>("NAME") { Description = "Process GUIDs", Arity = ArgumentArity.OneOrMore };
        var wait = new WaitFlags("no instance is left");
        command.Aliases.Add("rm");
        command.Arguments.Add(guids);
        wait.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var session = client.Open(parsed);
                foreach (var guid in parsed.GetValue(guids)!)
                {
                    await session.DesiredLrps.RemoveAsync(
                        new RemoveDesiredLRPRequest { ProcessGuid = guid },
                        session.Call(cancellationToken)
                    );
                    client.Printer(parsed).Note($"{guid}: deleted");
                    await wait.UntilGoneAsync(parsed, session, client.Printer(parsed), guid, cancellationToken);
                }

                return ExitCodes.Ok;
            }
        );
        return command;
    }
}
