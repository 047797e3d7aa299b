using System.CommandLine;
using System.Text.Json.Nodes;
using Scheduler.Client.Access;
using Scheduler.Client.Output;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler logs</c></summary>
internal static class LogsCommand
{
    private const string Help = """
        Print the output of a process's instances or of a task

        Examples:
          scheduler logs web              (all instances that have a container)
          scheduler logs web/1 --follow
          scheduler logs hello --tail 20  (a task)
          scheduler logs web/1 --previous (the container before the current one)

        For each instance and task, the cell keeps the end of the last container's log and prints it when no container is left.
        Standard output goes to stdout and standard error to stderr, prefixed with the instance; --json prints one object per line.
        """;

    public static Command Create(ClientOptions client)
    {
        var command = new Command("logs").Explain(Help);
        var target = new Argument<InstanceName>("NAME[/INDEX]")
        {
            Description = "Process GUID, one of its instances, or task GUID",
            CustomParser = InstanceName.Parse,
        };
        var follow = new Option<bool>("--follow") { Description = "Keep printing until interrupted or until the containers are gone" };
        var tail = new Option<uint>("--tail")
        {
            Description = "Last N lines of each container (default: all that are kept)",
            HelpName = "N",
        };
        var previous = new Option<bool>("--previous") { Description = "Print the log of the last container that ended, and why it ended" };
        command.Arguments.Add(target);
        command.Options.Add(follow);
        command.Options.Add(tail);
        command.Options.Add(previous);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var session = client.Open(parsed);
                var printer = client.Printer(parsed);
                var name = parsed.GetValue(target)!;
                if (parsed.GetValue(previous))
                {
                    if (parsed.GetValue(follow))
                        throw DomainError
                            .Invalid("--previous", "cannot be combined with --follow: what has ended writes no more")
                            .ToException();
                    var current = await InstanceTarget.CurrentAsync(session, name, cancellationToken);
                    return await PrintEndedAsync(session, printer, current, parsed.GetValue(tail), null, cancellationToken);
                }

                var (sources, missing) = await FindAsync(session, name, cancellationToken);
                if (missing is not null)
                {
                    var current = await InstanceTarget.CurrentAsync(session, name, cancellationToken);
                    return await PrintEndedAsync(session, printer, current, parsed.GetValue(tail), missing, cancellationToken);
                }

                using var printing = new SemaphoreSlim(1, 1);
                await Task.WhenAll(
                    sources.Select(source =>
                        ReadAsync(session, printer, printing, source, parsed.GetValue(follow), parsed.GetValue(tail), cancellationToken)
                    )
                );
                return ExitCodes.Ok;
            }
        );
        return client.On(command);
    }

    /// <param name="missing">Why there is no container to read from, when none was found; null when nobody looked for one.</param>
    private static async Task<int> PrintEndedAsync(
        ClientSession session,
        Printer printer,
        InstanceName name,
        uint tail,
        string? missing,
        CancellationToken cancellationToken
    )
    {
        var (found, silent) = await EndedOutput.FindAsync(session, name, tail, cancellationToken);
        if (silent.Count > 0)
            printer.Aside($"could not ask {string.Join(", ", silent)}");
        if (found.Count == 0)
            throw new DomainError(
                ErrorKind.ResourceNotFound,
                missing ?? $"no cell keeps the log of a container of {name} that has ended"
            ).ToException();
        if (missing is not null)
            printer.Aside($"{missing}; its last container wrote:");
        foreach (var ended in found)
            EndedOutput.Print(printer, ended);
        return ExitCodes.Ok;
    }

    /// <returns>The containers; or why there are none, of something that is there.</returns>
    private static async Task<(IReadOnlyList<LogSource> Sources, string? Missing)> FindAsync(
        ClientSession session,
        InstanceName name,
        CancellationToken cancellationToken
    )
    {
        var rows = await InstanceTarget.RowsAsync(session, name, cancellationToken);
        LogSource[] sources =
        [
            .. rows.Where(row => !string.IsNullOrEmpty(row.ActualLrpInstanceKey?.CellId))
                .Select(row => new LogSource(
                    $"{row.ActualLrpKey.ProcessGuid}/{row.ActualLrpKey.Index}",
                    row.ActualLrpInstanceKey.InstanceGuid,
                    row.ActualLrpInstanceKey.CellId
                )),
        ];
        if (sources.Length > 0)
            return (sources, null);
        if (rows.Count > 0)
            return (
                [],
                $"{name} has no container: it is {rows[0].State}{(Texts.Remark(rows[0]) is { Length: > 0 } remark ? $" ({remark})" : "")}"
            );
        if (name.Index is not null)
            throw await InstanceTarget.NotFoundAsync(session, name, cancellationToken);
        var task = await TaskAsync(session, name.Guid, cancellationToken);
        return Texts.CellId(task) is { Length: > 0 } cell
            ? ([new LogSource(task.TaskGuid, task.TaskGuid, cell)], null)
            : ([], $"task {task.TaskGuid} is not on a cell: it is {task.State}");
    }

    private static async Task<OneOffTask> TaskAsync(ClientSession session, string name, CancellationToken cancellationToken)
    {
        try
        {
            return (await session.Tasks.GetAsync(new GetTaskRequest { TaskGuid = name }, session.Call(cancellationToken))).Task;
        }
        catch (DomainException missing) when (missing.Kind == ErrorKind.ResourceNotFound)
        {
            // Neither was found: report both, because the user may have meant either.
            throw await Missing.WorkAsync(session, name, missing, cancellationToken);
        }
    }

    private static async Task ReadAsync(
        ClientSession session,
        Printer printer,
        SemaphoreSlim printing,
        LogSource source,
        bool follow,
        uint tail,
        CancellationToken cancellationToken
    )
    {
        var rep = await session.RepAsync(source.CellId, cancellationToken);
        var request = new StreamLogsRequest
        {
            ContainerGuid = source.ContainerGuid,
            Follow = follow,
            TailLines = tail,
        };
        using var call = rep.StreamLogs(request, ClientSession.Endless(cancellationToken));
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            await printing.WaitAsync(cancellationToken);
            try
            {
                Print(printer, source.Name, source.CellId, call.ResponseStream.Current);
            }
            finally
            {
                printing.Release();
            }
        }
    }

    internal static void Print(Printer printer, string name, string cellId, LogLine line)
    {
        if (printer.IsJson)
        {
            printer.Json(
                new JsonObject
                {
                    ["timestamp"] = line.Timestamp,
                    ["name"] = name,
                    ["cell_id"] = cellId,
                    ["source"] = line.Source,
                    ["stream"] = line.Stream.ToString().ToLowerInvariant(),
                    ["text"] = line.Text,
                }
            );
            return;
        }

        var text = $"{name} [{line.Source}] {line.Text}";
        if (line.Stream == LogLine.Types.Stream.Stderr)
            printer.Aside(text);
        else
            printer.Line(text);
    }

    private sealed record LogSource(string Name, string ContainerGuid, string CellId);
}
