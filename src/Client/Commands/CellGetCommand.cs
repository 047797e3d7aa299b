using System.CommandLine;
using System.Globalization;
using Scheduler.Client.Output;
using Scheduler.Contracts.V1;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler cell get</c></summary>
internal static class CellGetCommand
{
    public static Command Create(ClientOptions client)
    {
        var command = new Command("get", "Show a cell and its work; --json prints the CellPresence");
        var id = new Argument<string>("CELL") { Description = "Cell ID" };
        command.Arguments.Add(id);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var session = client.Open(parsed);
                var printer = client.Printer(parsed);
                var cell = await session.CellAsync(parsed.GetValue(id)!, cancellationToken);
                if (printer.IsJson)
                {
                    printer.Json(cell);
                    return ExitCodes.Ok;
                }

                printer.Fields(
                    ("cell", cell.CellId),
                    ("zone", cell.Zone),
                    ("memory", Texts.Megabytes(cell.Capacity?.MemoryMb ?? 0)),
                    ("disk", Texts.Megabytes(cell.Capacity?.DiskMb ?? 0)),
                    ("containers", (cell.Capacity?.Containers ?? 0).ToString(CultureInfo.InvariantCulture)),
                    ("root filesystems", string.Join(' ', cell.RootfsProviders.Select(CellListCommand.Provider))),
                    ("tags", CellListCommand.Tags(cell)),
                    ("url", cell.RepUrl)
                );
                var (rows, _) = await session.ActualLrpsAsync(new ListActualLRPsRequest { CellId = cell.CellId }, cancellationToken);
                var tasks = (await session.TasksAsync(new ListTasksRequest { CellId = cell.CellId }, cancellationToken)).Where(
                    Texts.IsOnCell
                );
                printer.Line("");
                printer.Table(
                    ["WORK", "STATE", "PORTS", "SINCE", "REMARK"],
                    [
                        .. rows.Select(row =>
                            new[]
                            {
                                $"{row.ActualLrpKey.ProcessGuid}/{row.ActualLrpKey.Index}",
                                row.State,
                                Texts.Ports(row.ActualLrpNetInfo),
                                printer.Age(row.Since),
                                Texts.Remark(row),
                            }
                        ),
                        .. tasks.Select(task =>
                            new[]
                            {
                                task.TaskGuid,
                                task.State.ToString().ToUpperInvariant(),
                                "-",
                                printer.Age(task.UpdatedAt),
                                TaskListCommand.Outcome(task),
                            }
                        ),
                    ]
                );
                return ExitCodes.Ok;
            }
        );
        return command;
    }
}
