using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Api;

/// <summary>
/// A filter on a domain that nothing has ever said is almost always a slip of the pen, and an empty list would hide it. See
/// docs/decisions/0006-state-in-memory.md.
/// </summary>
internal static class DomainFilter
{
    /// <exception cref="DomainException">ResourceNotFound: no row and no freshness names the domain.</exception>
    public static void Check(BbsState state, string domain)
    {
        if (domain.Length == 0 || state.KnowsDomain(domain)) return;
        var error = DomainError.NotFound($"domain {domain}") with
        {
            Violations = [new Models.FieldViolation("domain", "must be fresh, or the domain of a desired LRP, an actual LRP or a task")],
        };
        throw error.ToException();
    }
}
