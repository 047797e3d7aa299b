using Microsoft.Extensions.Logging;
using Scheduler.Bbs;
using Scheduler.Cli.Services;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Runtime;

namespace Scheduler.Cli.Node;

/// <summary>All parts in one process, on the embedded store.</summary>
internal sealed record NodeOptions
{
    /// <summary>Everything that the node keeps is below it: the store, the cells, the certificates.</summary>
    public required string DataDirectory { get; init; }

    public string Listen { get; init; } = "127.0.0.1:8889";

    public string? OpsListen { get; init; }

    /// <summary>Cells on this machine, each with a network and containers of its own. 1 to 64.</summary>
    public int Cells { get; init; } = 2;

    /// <summary>Zones that the cells are dealt to in turn. At least 1.</summary>
    public int Zones { get; init; } = 2;

    /// <summary>What each cell offers, in MB.</summary>
    public int CellMemoryMb { get; init; } = 2048;

    public int CellDiskMb { get; init; } = 10_240;

    /// <summary>True: containers exist only in memory, which needs no root and no runc.</summary>
    public bool Simulated { get; init; }

    /// <summary>False: plain connections, for looking at the wire.</summary>
    public bool Tls { get; init; } = true;

    /// <summary>Empty: routes are kept in the table and published nowhere.</summary>
    public IReadOnlyList<Uri> NatsServers { get; init; } = [];

    /// <summary>Names of root filesystems for <c>preloaded:NAME</c>, and their folders.</summary>
    public IReadOnlyDictionary<string, string> PreloadedRootFs { get; init; } = new Dictionary<string, string>();

    /// <summary>The program that makes containers: a name to look up, or a path.</summary>
    public string Runc { get; init; } = "runc";

    /// <summary>Null: the cells' own defaults.</summary>
    public Isolation? Isolation { get; init; }

    /// <summary>What containers reach. Each cell has a subnet of its own, so none is named here.</summary>
    public NetworkOptions Network { get; init; } = new();

    public BbsOptions Bbs { get; init; } = new();

    /// <summary>How containers are held to their disk.</summary>
    public DiskQuotaMode DiskQuota { get; init; } = DiskQuotaMode.Auto;

    public LogLevel LogLevel { get; init; } = LogLevel.Information;
}
