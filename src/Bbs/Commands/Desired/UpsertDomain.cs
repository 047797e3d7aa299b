using Scheduler.Bbs.Events;
using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.Commands.Desired;

/// <summary>A client declares that the desired set of a domain is complete (fresh).</summary>
internal sealed class UpsertDomain(string domain, uint ttlSeconds) : Command<Done>
{
    public override Result<Done> Decide(Decision decision)
    {
        var expiresAt = ttlSeconds == 0 ? 0 : decision.NowNs + UnixNanos.From(TimeSpan.FromSeconds(ttlSeconds));
        var row = new DomainRow(domain, expiresAt);
        decision.State.Put(row);
        decision.Emit(ClusterEvents.Fresh(row));
        return new Done();
    }
}

/// <summary>Internal to the loop: expires domains whose freshness has run out.</summary>
internal sealed class ExpireDomains : Command<Done>
{
    public override Result<Done> Decide(Decision decision)
    {
        var expired = new List<string>();
        foreach (var row in decision.State.Domains)
        {
            if (row.ExpiresAt != 0 && row.ExpiresAt <= decision.NowNs)
                expired.Add(row.Domain);
        }
        foreach (var domain in expired)
        {
            decision.State.DeleteDomain(domain);
            decision.Emit(ClusterEvents.Expired(domain));
        }
        return new Done();
    }
}
