using System.CommandLine;
using Scheduler.Contracts.V1;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler cell lose</c></summary>
internal static class CellLoseCommand
{
    private const string Help = """
        Give up absent cells now: their work is replaced at once, however many cells are absent

        Overrides "cell keep". A cell that returns takes back the work that has not been replaced yet.

        Examples:
          scheduler cell lose cell-3 cell-4
          scheduler cell lose --all
        """;

    public static Command Create(ClientOptions client)
    {
        var command = new Command("lose").Explain(Help);
        var meant = new CellSelection();
        meant.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var (cells, all) = meant.Read(parsed);
                using var session = client.Open(parsed);
                var response = await session.Cells.LoseAsync(
                    new LoseCellsRequest { CellIds = { cells }, All = all },
                    session.Call(cancellationToken)
                );
                CellSelection.Report(
                    client.Printer(parsed),
                    response.Cells,
                    cell => cell.Standing == AbsentCell.Types.Standing.Lost ? "already given up" : "given up"
                );
                return ExitCodes.Ok;
            }
        );
        return command;
    }
}
