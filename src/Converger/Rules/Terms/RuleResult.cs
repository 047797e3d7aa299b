namespace Scheduler.Converger.Rules.Terms;

/// <summary>
/// A rule's result for one slot or task: nothing; a command; not before a given time; or not before the domain is fresh. The loop's timers
/// and its list of waiting slots come from the last two, so that no other code has to know when a rule would change its result.
/// </summary>
internal readonly record struct RuleResult
{
    public static readonly RuleResult Nothing = default;

    public ConvergenceCommand? Command { get; private init; }

    public DateTimeOffset? Due { get; private init; }

    public string? Domain { get; private init; }

    public static RuleResult Do(ConvergenceCommand command) => new() { Command = command };

    public static RuleResult At(DateTimeOffset due) => new() { Due = due };

    public static RuleResult WhenFresh(string domain) => new() { Domain = domain };

    /// <summary>
    /// The command if the domain is fresh, otherwise the wait for it. The result names the domain either way, because a later rule may
    /// apply when the freshness ends.
    /// </summary>
    public static RuleResult IfFresh(ConvergenceContext context, string domain, ConvergenceCommand command) =>
        context.FreshUntil(domain) is { } until
            ? new()
            {
                Command = command,
                Domain = domain,
                Due = until,
            }
            : WhenFresh(domain);
}
