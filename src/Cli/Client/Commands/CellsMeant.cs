using System.CommandLine;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Cli.Client.Commands;

/// <summary>CELL... or --all: the absent cells that an operator decides about.</summary>
internal sealed class CellsMeant
{
    private readonly Argument<string[]> _cells = new("CELL") { Description = "Ids of cells that are not heard of", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<bool> _all = new("--all") { Description = "Every cell that is not heard of and not given up" };

    public void AddTo(Command command)
    {
        command.Arguments.Add(_cells);
        command.Options.Add(_all);
    }

    /// <exception cref="DomainException">Neither or both are given.</exception>
    public (string[] Cells, bool All) Read(ParseResult parsed)
    {
        var (cells, all) = (parsed.GetValue(_cells) ?? [], parsed.GetValue(_all));
        if (all && cells.Length > 0)
            throw DomainError.Invalid("--all", "must not stand beside the names of cells").ToException();
        if (!all && cells.Length == 0)
            throw DomainError.Invalid("CELL", "must name at least one cell, or --all be given").ToException();
        return (cells, all);
    }

    /// <summary>Says what became of each.</summary>
    public static void Report(Output.Printer printer, IReadOnlyCollection<AbsentCell> cells, Func<AbsentCell, string> outcome)
    {
        if (cells.Count == 0)
            printer.Note("no cell is absent that is not given up");
        foreach (var cell in cells)
        {
            if (printer.IsJson)
                printer.Json(cell);
            else
                printer.Line($"{cell.CellId}: {outcome(cell)}");
        }
    }
}
