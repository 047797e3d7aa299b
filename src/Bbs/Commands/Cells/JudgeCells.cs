namespace Scheduler.Bbs.Commands.Cells;

/// <summary>An operator orders absent cells to be given up now.</summary>
internal sealed class LoseCells(LoseCellsRequest request) : Command<LoseCellsResponse>
{
    public override Result<LoseCellsResponse> Decide(Decision decision)
    {
        if (Meant.Find(decision, request.CellIds, request.All, out var meant) is { } refusal)
            return refusal;
        var response = new LoseCellsResponse();
        foreach (var absent in meant)
        {
            if (absent.Standing == AbsentCell.Types.Standing.Lost || absent.Verdict == AbsentCell.Types.Verdict.Lose)
            {
                response.Cells.Add(absent);
                continue;
            }
            var judged = absent.Clone();
            judged.Verdict = AbsentCell.Types.Verdict.Lose;
            judged.KeepUntil = 0;
            Absence.Put(decision, judged);
            response.Cells.Add(judged);
        }
        return response;
    }
}

/// <summary>An operator orders absent cells to be kept for a time.</summary>
internal sealed class KeepCells(KeepCellsRequest request) : Command<KeepCellsResponse>
{
    /// <summary>Half a shift: long enough to repair a network, short enough that a forgotten order expires the same day.</summary>
    public const uint DefaultSeconds = 4 * 60 * 60;

    /// <summary>One week. A cell that is absent for longer will not return with its containers.</summary>
    public const uint MaxSeconds = 7 * 24 * 60 * 60;

    public override Result<KeepCellsResponse> Decide(Decision decision)
    {
        if (Meant.Find(decision, request.CellIds, request.All, out var meant) is { } refusal)
            return refusal;
        if (meant.Find(absent => absent.Standing == AbsentCell.Types.Standing.Lost) is { } lost)
        {
            return new DomainError(
                ErrorKind.InvalidStateTransition,
                $"cell {lost.CellId} was already given up and its work is being replaced; it rejoins when it returns"
            );
        }
        var seconds = request.DurationSeconds == 0 ? DefaultSeconds : request.DurationSeconds;
        var response = new KeepCellsResponse();
        foreach (var absent in meant)
        {
            var judged = absent.Clone();
            judged.Verdict = AbsentCell.Types.Verdict.Keep;
            judged.KeepUntil = decision.NowNs + UnixNanos.From(TimeSpan.FromSeconds(seconds));
            Absence.Put(decision, judged);
            response.Cells.Add(judged);
        }
        return response;
    }
}

/// <summary>Selects the cells that a request refers to.</summary>
internal static class Meant
{
    // An error lists at most this many eligible cells.
    private const int MaxNamed = 5;

    /// <returns>The reason why a cell cannot be selected, or null. After an error, do not use <paramref name="meant"/>.</returns>
    public static DomainError? Find(Decision decision, IReadOnlyList<string> cellIds, bool all, out List<AbsentCell> meant)
    {
        meant = [];
        if (all)
        {
            meant.AddRange(Absence.All(decision.State).Where(absent => absent.Standing == AbsentCell.Types.Standing.Unheard));
            return null;
        }
        foreach (var cellId in cellIds.Distinct(StringComparer.Ordinal))
        {
            if (decision.State.Cell(cellId) is not null)
            {
                return new DomainError(
                    ErrorKind.InvalidStateTransition,
                    $"cell {cellId} is present: only an absent cell can be given up or kept; a present one can be drained"
                );
            }
            if (Absence.Find(decision.State, cellId) is not { } absent)
                return Unknown(decision, cellId);
            meant.Add(absent);
        }
        return null;
    }

    private static DomainError Unknown(Decision decision, string cellId)
    {
        var absent = Absence.All(decision.State).Select(cell => cell.CellId).ToList();
        var those = absent.Count switch
        {
            0 => "there are no such cells",
            <= MaxNamed => $"such cells are {string.Join(", ", absent)}",
            _ => $"such cells are {string.Join(", ", absent.Take(MaxNamed))} and {absent.Count - MaxNamed} more",
        };
        return new DomainError(ErrorKind.ResourceNotFound, $"no cell \"{cellId}\" is absent and still owns work; {those}");
    }
}
