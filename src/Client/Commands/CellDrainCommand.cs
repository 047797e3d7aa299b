using System.CommandLine;
using Scheduler.Client.Output;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler cell drain</c></summary>
internal static class CellDrainCommand
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    public static Command Create(ClientOptions client)
    {
        var command = new Command("drain", "Evacuate a cell: each instance stops once its replacement runs on another cell");
        var id = new Argument<string>("CELL") { Description = "Cell ID" };
        var wait = new WaitFlags("the cell has no work left");
        command.Arguments.Add(id);
        wait.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var session = client.Open(parsed);
                var printer = client.Printer(parsed);
                var cell = parsed.GetValue(id)!;
                var rep = await session.RepAsync(cell, cancellationToken);
                await rep.EvacuateAsync(new EvacuateRequest(), session.Call(cancellationToken));
                printer.Note($"{cell}: draining");
                if (wait.IsAsked(parsed))
                    await printer.WatchAsync(progress => UntilEmptyAsync(session, cell, wait.Limit(parsed), progress, cancellationToken));
                return ExitCodes.Ok;
            }
        );
        return command;
    }

    // Polls. A drained cell withdraws, which is also an event; but the user waits for rows, and those change on many kinds of events.
    private static async Task<bool> UntilEmptyAsync(
        ClientSession session,
        string cell,
        TimeSpan limit,
        Action<string> progress,
        CancellationToken cancellationToken
    )
    {
        var began = session.Time.GetTimestamp();
        while (true)
        {
            var left = await WorkOnAsync(session, cell, cancellationToken);
            progress(left == 0 ? $"{cell}: empty" : $"{cell}: {left} left");
            if (left == 0)
                return true;
            if (session.Time.GetElapsedTime(began) > limit)
                throw new DomainError(
                    ErrorKind.Timeout,
                    $"timed out after {Texts.Span(limit)}: {cell} still has {left} containers"
                ).ToException();
            await Task.Delay(Look, session.Time, cancellationToken);
        }
    }

    /// <summary>The number of instances and running tasks of a cell.</summary>
    internal static async Task<int> WorkOnAsync(ClientSession session, string cell, CancellationToken cancellationToken)
    {
        var (rows, _) = await session.ActualLrpsAsync(new ListActualLRPsRequest { CellId = cell }, cancellationToken);
        var tasks = await session.TasksAsync(new ListTasksRequest { CellId = cell }, cancellationToken);
        return rows.Count + tasks.Count(task => task.State == OneOffTask.Types.State.Running);
    }
}
