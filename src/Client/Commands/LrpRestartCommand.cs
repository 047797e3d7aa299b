using System.CommandLine;
using Scheduler.Client.Access;
using Scheduler.Contracts.V1;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler lrp restart</c></summary>
internal static class LrpRestartCommand
{
    private const string Help = """
        Stop instances so that new ones replace them

        Examples:
          scheduler lrp restart web/1      (one instance)
          scheduler lrp restart web        (all of them, at once)

        lrp rollout NAME --restart replaces them a few at a time, without a gap.
        """;

    public static Command Create(ClientOptions client)
    {
        var command = new Command("restart").Explain(Help);
        var target = new Argument<InstanceName>("NAME[/INDEX]")
        {
            Description = "Process GUID, with INDEX for one instance",
            CustomParser = InstanceName.Parse,
        };
        command.Aliases.Add("retire");
        command.Arguments.Add(target);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var session = client.Open(parsed);
                var name = parsed.GetValue(target)!;
                var rows = await InstanceTarget.RowsAsync(session, name, cancellationToken);
                var keys = rows.Where(row => row.Presence == ActualLRP.Types.Presence.Ordinary).Select(row => row.ActualLrpKey).ToArray();
                if (keys.Length == 0)
                    throw await InstanceTarget.NotFoundAsync(session, name, cancellationToken);
                foreach (var key in keys)
                {
                    await session.ActualLrps.RetireAsync(
                        new RetireActualLRPRequest { ActualLrpKey = key },
                        session.Call(cancellationToken)
                    );
                    client.Printer(parsed).Note($"{key.ProcessGuid}/{key.Index}: stopped");
                }

                return ExitCodes.Ok;
            }
        );
        return command;
    }
}
