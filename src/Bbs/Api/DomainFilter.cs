using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Api;

/// <summary>
/// Rejects a filter on an unknown domain: it is almost always a typo, and an empty list would hide it. See
/// docs/decisions/0006-state-in-memory.md.
/// </summary>
internal static class DomainFilter
{
    /// <exception cref="DomainException">ResourceNotFound: no row carries the domain and it was never marked fresh.</exception>
    public static void Check(BbsState state, string domain)
    {
        if (domain.Length == 0 || state.KnowsDomain(domain))
            return;
        var error = DomainError.NotFound($"domain {domain}") with
        {
            Violations = [new Models.FieldViolation("domain", "must be fresh, or the domain of a desired LRP, an actual LRP or a task")],
        };
        throw error.ToException();
    }
}
