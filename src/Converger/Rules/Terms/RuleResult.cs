namespace Scheduler.Converger.Rules.Terms;

/// <summary>
/// What a rule says of one slot or task: nothing; a command; nothing yet, look again at a time; or nothing unless the domain
/// becomes fresh. The last two are what the loop's timers and its list of waiting slots are made from, so that no second
/// piece of code has to know when a rule would change its mind.
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
    /// The command when the domain is fresh, otherwise the wait for it. Either way the domain is named: a freshness that ends
    /// may let a later rule speak.
    /// </summary>
    public static RuleResult IfFresh(ConvergenceContext context, string domain, ConvergenceCommand command) =>
        context.FreshUntil(domain) is { } until ? new() { Command = command, Domain = domain, Due = until } : WhenFresh(domain);
}
