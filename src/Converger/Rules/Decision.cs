using Scheduler.Converger.Rules.Terms;

namespace Scheduler.Converger.Rules;

/// <summary>Collected results of the rules; cleared and reused for the next slot or task.</summary>
internal sealed class Decision
{
    public List<ConvergenceCommand> Commands { get; } = [];

    /// <summary>The latest time to decide again if nothing changes before.</summary>
    public DateTimeOffset? Due { get; private set; }

    /// <summary>
    /// The domain whose freshness, or the end of it, would change the decision. One is enough: the rules of a slot wait for the domain of
    /// its desired LRP or, without one, of its rows.
    /// </summary>
    public string? WaitsForDomain { get; private set; }

    public void Add(ConvergenceCommand command) => Commands.Add(command);

    public void Wait(RuleResult result)
    {
        if (result.Due is { } due)
            WaitUntil(due);
        if (result.Domain is { } domain)
            WaitsForDomain = domain;
    }

    public void WaitUntil(DateTimeOffset due)
    {
        if (Due is not { } earlier || due < earlier)
            Due = due;
    }

    public void Clear()
    {
        Commands.Clear();
        Due = null;
        WaitsForDomain = null;
    }
}
