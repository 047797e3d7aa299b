using Microsoft.Extensions.Logging;
using Scheduler.Bbs.Outbound;
using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.Node;

/// <summary>Dependencies of a BBS node. The simulator and tests supply their own clock, store, clients and random seed.</summary>
internal sealed record NodeParts
{
    public required IBbsStore Store { get; init; }

    public required BbsOptions Options { get; init; }

    public required OutboundClients Clients { get; init; }

    /// <summary>Identifies this run of the process; must be unique.</summary>
    public required string Owner { get; init; }

    public required TimeProvider Time { get; init; }

    public required Func<string> NewGuid { get; init; }

    /// <summary>Seed of the jitter of retries.</summary>
    public required int Seed { get; init; }

    public required BbsMetrics Metrics { get; init; }

    public required ILoggerFactory Loggers { get; init; }
}
