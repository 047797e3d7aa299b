using Microsoft.Extensions.Logging;
using Scheduler.Converger.Model;

namespace Scheduler.Converger.Loop;

/// <summary>
/// Counter and log of contradictions. It counts all of them, and logs at most <see cref="MaxNamed"/> so that the log stays readable.
/// </summary>
internal sealed class ContradictionAlarm(ConvergerMetrics metrics, ILogger logger)
{
    /// <summary>
    /// Maximum log lines between two calls of <see cref="Begin"/>. Without it, a damaged store could log a line for each of a million rows.
    /// </summary>
    public const int MaxNamed = 100;

    private int _named;

    /// <summary>Resets the limit: a snapshot or an audit begins, and what is wrong now is logged again.</summary>
    public void Begin() => _named = 0;

    public void Raise(Contradiction contradiction)
    {
        if (Counted(contradiction.Kind))
            logger.Contradiction(contradiction.Kind, contradiction.Row, contradiction.Why);
    }

    /// <summary>Reports that the rules failed on the row.</summary>
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
