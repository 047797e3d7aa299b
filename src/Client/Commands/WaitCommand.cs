using System.CommandLine;
using System.Text.Json.Nodes;
using Scheduler.Client.Output;
using Scheduler.Client.Rollouts;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler wait</c></summary>
internal static class WaitCommand
{
    private const string Help = """
        Wait until LRPs, tasks or cells are as you want them

        Examples:
          scheduler wait lrp/web lrp/api                    (all instances run and get requests)
          scheduler wait lrp/web --for deleted --wait-timeout 5m
          scheduler wait task/migrate                       (exit code 1 if it fails)
          scheduler wait cell/cell-3 --for empty

        KIND/NAME   --for
        lrp/NAME    routable (default), running, rolled-out, deleted
        task/NAME   completed (default), running, deleted
        cell/ID     present (default), empty, absent

        Exit code 4 when the time is up. An LRP or task that does not exist is refused, unless you wait for its deletion.
        """;

    // Polls: what is waited for depends on several kinds of objects, and people do not notice the difference.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    public static Command Create(ClientOptions client)
    {
        var command = new Command("wait").Explain(Help);
        var targets = new Argument<string[]>("KIND/NAME")
        {
            Description = "lrp/NAME, task/NAME or cell/ID",
            Arity = ArgumentArity.OneOrMore,
        };
        var condition = new Option<string?>("--for")
        {
            Description = "What to wait for (default: depends on KIND)",
            HelpName = "CONDITION",
        };
        var limit = new WaitFlags("it is so");
        command.Arguments.Add(targets);
        command.Options.Add(condition);
        limit.AddLimitTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var wanted = parsed
                    .GetValue(targets)!
                    .Select(WaitTarget.Parse)
                    .Select(target => (Target: target, Condition: target.Condition(parsed.GetValue(condition))))
                    .ToList();
                using var session = client.Open(parsed);
                var printer = client.Printer(parsed);
                var began = session.Time.GetTimestamp();
                var code = ExitCodes.Ok;
                foreach (var (target, word) in wanted)
                {
                    var state = await printer.WatchAsync(progress =>
                        UntilAsync(session, target, word, began, limit.Limit(parsed), progress, cancellationToken)
                    );
                    if (printer.IsJson)
                        printer.Json(
                            new JsonObject
                            {
                                ["name"] = target.ToString(),
                                ["met"] = state.IsMet == true,
                                ["state"] = state.Text,
                            }
                        );
                    else if (state.IsMet == true)
                        printer.Line($"{target}: {state.Text}");
                    else
                        printer.Aside($"error: {target} {state.Text}");
                    if (state.IsMet != true)
                        code = ExitCodes.Failed;
                }

                return code;
            }
        );
        return client.On(command);
    }

    private static async Task<WaitState> UntilAsync(
        ClientSession session,
        WaitTarget target,
        string condition,
        long began,
        TimeSpan limit,
        Action<string> progress,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var state = await LookAsync(session, target, condition, cancellationToken);
            if (state.IsMet != false)
                return state;
            progress($"{target}: {state.Text}");
            if (session.Time.GetElapsedTime(began) > limit)
                throw new DomainError(ErrorKind.Timeout, $"timed out after {Texts.Span(limit)}: {target}: {state.Text}").ToException();
            await Task.Delay(Look, session.Time, cancellationToken);
        }
    }

    private static async Task<WaitState> LookAsync(
        ClientSession session,
        WaitTarget target,
        string condition,
        CancellationToken cancellationToken
    )
    {
        switch (target.Kind)
        {
            case WaitKind.Lrp:
                var app = await App.FindAsync(session, target.Name, cancellationToken);
                if (app is null && condition != WaitConditions.Deleted)
                    throw await Missing.LrpAsync(session, target.Name, cancellationToken);
                var rows = app is null
                    ? (await session.ActualLrpsAsync(new ListActualLRPsRequest { ProcessGuid = target.Name }, cancellationToken)).Rows
                    : await app.RowsAsync(session, cancellationToken);
                return WaitConditions.Lrp(app, rows, condition);
            case WaitKind.Task:
                var task = await FindAsync(session, target.Name, cancellationToken);
                return task is not null || condition == WaitConditions.Deleted
                    ? WaitConditions.Task(task, condition)
                    : throw await Missing.TaskAsync(session, target.Name, cancellationToken);
            default:
                var cells = (await session.Cells.ListAsync(new ListCellsRequest(), session.Call(cancellationToken))).Cells;
                var isPresent = cells.Any(cell => cell.CellId == target.Name);
                var work = condition == "empty" ? await CellDrainCommand.WorkOnAsync(session, target.Name, cancellationToken) : 0;
                return WaitConditions.Cell(isPresent, work, condition);
        }
    }

    private static async Task<OneOffTask?> FindAsync(ClientSession session, string name, CancellationToken cancellationToken)
    {
        try
        {
            return (await session.Tasks.GetAsync(new GetTaskRequest { TaskGuid = name }, session.Call(cancellationToken))).Task;
        }
        catch (DomainException missing) when (missing.Kind == ErrorKind.ResourceNotFound)
        {
            return null;
        }
    }
}
