using System.CommandLine;
using Scheduler.Client.Rollouts;

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
                    var app = await App.GetAsync(session, guid, cancellationToken);
                    await app.DeleteAsync(session, cancellationToken);
                    client.Printer(parsed).Note($"{guid}: deleted");
                    foreach (var version in app.ProcessGuids)
                        await wait.UntilGoneAsync(parsed, session, client.Printer(parsed), version, cancellationToken);
                }

                return ExitCodes.Ok;
            }
        );
        return command;
    }
}
