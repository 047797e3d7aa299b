using System.CommandLine;
using Scheduler.Client.Files;
using Scheduler.Client.Rollouts;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler lrp scale</c></summary>
internal static class LrpScaleCommand
{
    public static Command Create(ClientOptions client)
    {
        var command = new Command("scale").Explain("Set the number of instances\n\nExample:\n  scheduler lrp scale web 5 --wait");
        var app = new Argument<string>("NAME") { Description = "Process GUID" };
        var count = new Argument<string>("N") { Description = "Number of instances" };
        var wait = new WaitFlags("exactly N instances are running");
        command.Arguments.Add(app);
        command.Arguments.Add(count);
        wait.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var text = parsed.GetValue(count)!;
                var instances =
                    Numbers.TryInt(text, 0)
                    ?? throw DomainError.Invalid("N", $"must be a whole number of at least 0, not \"{text}\"").ToException();
                using var session = client.Open(parsed);
                var name = parsed.GetValue(app)!;
                var guid = (await App.GetAsync(session, name, cancellationToken)).Changeable().Current.ProcessGuid;
                var request = new UpdateDesiredLRPRequest
                {
                    ProcessGuid = guid,
                    Update = new DesiredLRPUpdate { Instances = instances },
                };
                await session.DesiredLrps.UpdateAsync(request, session.Call(cancellationToken));
                client.Printer(parsed).Note($"{name}: {instances} desired");
                await wait.UntilRunningAsync(parsed, session, client.Printer(parsed), guid, instances, cancellationToken, name);
                return ExitCodes.Ok;
            }
        );
        return command;
    }
}
