using Microsoft.Extensions.Logging;
using Scheduler.Converger.Model;

namespace Scheduler.Converger.Loop;

/// <summary>Counts contradictions and names them in the log: all of them when they are few, as somebody can read when they are not.</summary>
internal sealed class ContradictionAlarm(ConvergerMetrics metrics, ILogger logger)
{
    /// <summary>Lines between one <see cref="Begin"/> and the next. A store that is damaged as a whole would else write a line for each of a million rows.</summary>
    public const int MaxNamed = 100;

    private int _named;

    /// <summary>A snapshot or an audit begins: what is wrong now is named again.</summary>
    public void Begin() => _named = 0;

    public void Raise(Contradiction contradiction)
    {
        if (Counted(contradiction.Kind))
            logger.Contradiction(contradiction.Kind, contradiction.Row, contradiction.Why);
    }

    /// <summary>The rules failed on the row.</summary>
    public void Raise(string row, Exception failure)
    {
        if (Counted(ContradictionKind.Undecidable))
            logger.Undecidable(failure, row);
    }

    private bool Counted(ContradictionKind kind)
    {
        metrics.Contradictions.Add(1, new KeyValuePair<string, object?>("kind", kind.ToString()));
        if (++_named == MaxNamed + 1)
            logger.ContradictionsNotNamed(MaxNamed);
        return _named <= MaxNamed;
    }
}
