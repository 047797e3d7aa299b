using Microsoft.Extensions.Logging;
using Scheduler.Bbs.Outbound;
using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.Node;

/// <summary>What a BBS is made of. The simulator and tests put their own clock, store, clients and chance here.</summary>
internal sealed record NodeParts
{
    public required IBbsStore Store { get; init; }

    public required BbsOptions Options { get; init; }

    public required OutboundClients Clients { get; init; }

    /// <summary>This run of the process; unlike any other's.</summary>
    public required string Owner { get; init; }

    public required TimeProvider Time { get; init; }

    public required Func<string> NewGuid { get; init; }

    /// <summary>Where the jitter of retries comes from.</summary>
    public required int Seed { get; init; }

    public required BbsMetrics Metrics { get; init; }

    public required ILoggerFactory Loggers { get; init; }
}
