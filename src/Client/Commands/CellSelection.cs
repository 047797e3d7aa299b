using System.CommandLine;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary>CELL... or --all: the absent cells that an operator's command applies to.</summary>
internal sealed class CellSelection
{
    private readonly Argument<string[]> _cells = new("CELL") { Description = "IDs of absent cells", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<bool> _all = new("--all") { Description = "All absent cells that are not lost yet" };

    public void AddTo(Command command)
    {
        command.Arguments.Add(_cells);
        command.Options.Add(_all);
    }

    /// <exception cref="DomainException">Both or neither are given.</exception>
    public (string[] Cells, bool All) Read(ParseResult parsed)
    {
        var (cells, all) = (parsed.GetValue(_cells) ?? [], parsed.GetValue(_all));
        if (all && cells.Length > 0)
            throw DomainError.Invalid("--all", "cannot be combined with cell IDs").ToException();
        if (!all && cells.Length == 0)
            throw DomainError.Invalid("CELL", "is required: at least one cell ID, or --all").ToException();
        return (cells, all);
    }

    /// <summary>Prints the outcome for each cell.</summary>
    public static void Report(Output.Printer printer, IReadOnlyCollection<AbsentCell> cells, Func<AbsentCell, string> outcome)
    {
        if (cells.Count == 0)
            printer.Note("no absent cell that was not given up");
        foreach (var cell in cells)
        {
            if (printer.IsJson)
                printer.Json(cell);
            else
                printer.Line($"{cell.CellId}: {outcome(cell)}");
        }
    }
}
