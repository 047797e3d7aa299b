using System.CommandLine;
using System.Globalization;
using Scheduler.Client.Files;
using Scheduler.Client.Output;
using Scheduler.Client.Specs;
using Scheduler.Contracts.V1;
using Scheduler.Contracts.Work;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler plan</c></summary>
internal static class PlanCommand
{
    private const string Help = """
        Show where work would be placed now, and how much more of it would fit, without placing it

        The auction decides on a copy of the fleet; nothing changes. Planned work is added to what already runs, even under
        the same name. Exit code 1 if something would not be placed.

        Examples:
          scheduler plan web.yaml
          scheduler plan web.yaml --instances 50 --drain cell-1 --add-cells 2 --like cell-3
          scheduler plan --task migrate.yaml report.yaml --without-cell cell-2 --json

        Files are the same as for lrp create and task create; - reads stdin.
        """;

    public static Command Create(ClientOptions client)
    {
        var command = new Command("plan").Explain(Help);
        var words = new Argument<string[]>("FILE")
        {
            Description = "Specs, planned together as one batch",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var file = new Option<string[]>("--file", "-f") { Description = "Same as FILE", HelpName = "FILE" };
        var tasks = new Option<bool>("--task") { Description = "Read the files as task specs (default: LRP specs)" };
        var instances = new Option<string?>("--instances", "-i")
        {
            Description = "Number of instances of each LRP (default: as in the file)",
            HelpName = "N",
        };
        var without = new Option<string[]>("--without-cell")
        {
            Description = "Assume this cell is gone; may be repeated",
            HelpName = "CELL",
        };
        var drain = new Option<string[]>("--drain") { Description = "Assume this cell is drained; may be repeated", HelpName = "CELL" };
        var add = new Option<string?>("--add-cells") { Description = "Assume N additional empty cells; needs --like", HelpName = "N" };
        var like = new Option<string?>("--like") { Description = "Cell that the additional cells copy", HelpName = "CELL" };
        command.Arguments.Add(words);
        foreach (var option in (Option[])[file, tasks, instances, without, drain, add, like])
            command.Options.Add(option);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var printer = client.Printer(parsed);
                var request = new PlanPlacementRequest
                {
                    Suppose = new PlanSuppositions
                    {
                        AddedCells = WorkFlags.Parsed(parsed, add, text => Numbers.TryInt(text, 0), "a whole number of at least 0") ?? 0,
                        LikeCell = parsed.GetValue(like) ?? "",
                    },
                };
                request.Suppose.WithoutCells.AddRange(parsed.GetValue(without) ?? []);
                request.Suppose.DrainedCells.AddRange(parsed.GetValue(drain) ?? []);
                if (request.Suppose.AddedCells > 0 && request.Suppose.LikeCell.Length == 0)
                    throw DomainError.Invalid("--like", "must name the cell that --add-cells copies").ToException();
                var count = WorkFlags.Parsed(parsed, instances, text => Numbers.TryInt(text, 1), "a whole number of at least 1");
                AddWork(request, [.. parsed.GetValue(words) ?? [], .. parsed.GetValue(file) ?? []], parsed.GetValue(tasks), count);

                using var session = client.Open(parsed);
                var auction = await session.AuctionAsync(cancellationToken);
                var plan = await auction.PlanPlacementAsync(request, session.Call(cancellationToken));
                if (printer.IsJson)
                    printer.Json(plan);
                else
                    Print(printer, plan);
                return plan.Placements.All(placement => placement.CellId.Length > 0) ? ExitCodes.Ok : ExitCodes.Failed;
            }
        );
        return client.On(command);
    }

    private static void AddWork(PlanPlacementRequest request, IReadOnlyList<string> files, bool areTasks, int? instances)
    {
        if (files.Count == 0)
            throw DomainError.Invalid("FILE", "is required: at least one spec").ToException();
        foreach (var file in files.Select(SpecFile.Load))
        {
            if (areTasks)
            {
                var task = TaskSpec.IsDiego(file)
                    ? TaskSpec.ReadDiego(file)
                    : TaskSpec.Read(file).ToMessage($"task-{request.Tasks.Count + 1}");
                request.Tasks.Add(
                    new TaskStartRequest
                    {
                        TaskGuid = task.TaskGuid,
                        Domain = task.Domain,
                        Demand = WorkDemands.Of(task.TaskDefinition),
                    }
                );
                continue;
            }

            var lrp = LrpSpec.IsDiego(file) ? LrpSpec.ReadDiego(file) : LrpSpec.Read(file).ToMessage();
            var start = new LRPStartRequest
            {
                ProcessGuid = lrp.ProcessGuid,
                Domain = lrp.Domain,
                Demand = WorkDemands.Of(lrp),
            };
            start.Indices.AddRange(Enumerable.Range(0, instances ?? lrp.Instances));
            request.Lrps.Add(start);
        }
    }

    private static void Print(Printer printer, PlanPlacementResponse plan)
    {
        printer.Line($"On {Explanations.Count(plan.Cells, "cell")}, {plan.UsableCells} of which accept work, now:");
        printer.Line("");
        printer.Table(["CELL", "WOULD GET", "WORK"], [.. ByCell(plan)]);
        foreach (var summary in plan.Summaries)
        {
            printer.Line("");
            printer.Line($"{summary.Guid}: {summary.Placed} placed, {summary.NotPlaced} not placed; {Headroom(summary)}");
            if (summary.NotPlaced > 0)
                Explanations.Print(printer, summary.Next);
        }
    }

    private static string Headroom(PlanSummary summary) =>
        summary.Headroom switch
        {
            0 => $"no more of these fit ({summary.Next.PlacementError})",
            1 => "1 more of these fits",
            var many => string.Create(CultureInfo.InvariantCulture, $"{many:N0} more of these fit"),
        };

    private static IEnumerable<string[]> ByCell(PlanPlacementResponse plan) =>
        plan
            .Placements.GroupBy(placement => placement.CellId.Length > 0 ? placement.CellId : $"none: {placement.PlacementError}")
            .OrderBy(group => group.First().CellId.Length == 0)
            .ThenBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new[] { group.Key, Explanations.Count(group.Count(), "piece"), Names(group) });

    private static string Names(IEnumerable<PlannedPlacement> placements)
    {
        const int most = 5;
        var names = placements.Select(placement => placement.IsTask ? placement.Guid : $"{placement.Guid}/{placement.Index}").ToArray();
        return string.Join(' ', names.Take(most)) + (names.Length > most ? $" and {names.Length - most} more" : "");
    }
}
