using System.CommandLine;
using Scheduler.Client.Access;
using Scheduler.Client.Output;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler explain</c></summary>
internal static class ExplainCommand
{
    private const string Help = """
        Explain why an instance or a task is where it is, or why it was not placed

        Shows the auctioneer's last decision and what an auction would decide now: how many cells each rule excludes, which of
        them came closest, and the scores of the remaining cells. Running work is evaluated as if it were not running.

        Examples:
          scheduler explain web/2
          scheduler explain migrate --json
        """;

    public static Command Create(ClientOptions client)
    {
        var command = new Command("explain").Explain(Help);
        var name = new Argument<InstanceName>("NAME[/INDEX]")
        {
            Description = "Process (instance 0 unless INDEX is given) or task",
            CustomParser = InstanceName.Parse,
        };
        command.Arguments.Add(name);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var session = client.Open(parsed);
                var printer = client.Printer(parsed);
                var work = await InstanceTarget.CurrentAsync(session, parsed.GetValue(name)!, cancellationToken);
                var request = new ExplainRequest { Guid = work.Guid };
                if (work.Index is { } index)
                    request.Index = index;
                var auction = await session.AuctionAsync(cancellationToken);
                var answer = await ExplainAsync(session, auction, request, cancellationToken);
                if (printer.IsJson)
                    printer.Json(answer);
                else
                    Print(printer, answer);
                return ExitCodes.Ok;
            }
        );
        return client.On(command);
    }

    private static async Task<ExplainResponse> ExplainAsync(
        ClientSession session,
        AuctionService.AuctionServiceClient auction,
        ExplainRequest request,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await auction.ExplainAsync(request, session.Call(cancellationToken));
        }
        catch (DomainException missing) when (missing.Kind == ErrorKind.ResourceNotFound)
        {
            throw await Missing.WorkAsync(session, request.Guid, missing, cancellationToken);
        }
    }

    private static void Print(Printer printer, ExplainResponse answer)
    {
        printer.Fields(
            (answer.IsTask ? "task" : "instance", answer.IsTask ? answer.Guid : $"{answer.Guid}/{answer.Index}"),
            ("needs", Explanations.Demand(answer.Demand)),
            ("cell", answer.CellId.Length > 0 ? answer.CellId : "none"),
            ("last decision", answer.Last is { } last ? Decision(last, printer) : "not recorded"),
            (
                "waiting",
                answer.StartsWaiting > 0
                    ? $"to be sent to the cell that won it, paced per cell, with {answer.StartsWaiting - 1} others"
                    : ""
            ),
            ("now", Now(answer))
        );
        Explanations.Print(printer, answer.Now);
        if (answer.Last?.Then is not { } then || then.Equals(answer.Now))
            return;
        printer.Line("");
        printer.Line($"At the time of that decision, {printer.Age(answer.Last.DecidedAt)} ago:");
        Explanations.Print(printer, then);
    }

    private static string Decision(PlacementDecision last, Printer printer)
    {
        var what = last.CellId.Length > 0 ? $"{last.CellId}, with a score of {Explanations.Score(last.Score)}" : last.PlacementError;
        var before =
            last.Reauctions > 0 ? $", after {Explanations.Count(last.Reauctions, "refusal")} by cells (last: {last.LastRefusal})" : "";
        return $"{what}, {printer.Age(last.DecidedAt)} ago{before}";
    }

    private static string Now(ExplainResponse answer)
    {
        var now = answer.Now;
        if (now.CellId.Length == 0)
            return now.PlacementError;
        var what = $"{now.CellId}, with a score of {Explanations.Score(now.Score)}";
        return answer.CellId.Length > 0 ? $"{what}, if it were placed again" : what;
    }
}
