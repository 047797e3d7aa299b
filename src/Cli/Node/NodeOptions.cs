using Microsoft.Extensions.Logging;
using Scheduler.Bbs;
using Scheduler.Cli.Services;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Volumes;

namespace Scheduler.Cli.Node;

/// <summary>Options of a node with all components in one process, on the embedded store.</summary>
internal sealed record NodeOptions
{
    /// <summary>Contains all data of the node: the store, the cells, the certificates.</summary>
    public required string DataDirectory { get; init; }

    public string Listen { get; init; } = "127.0.0.1:8889";

    public string? OpsListen { get; init; }

    /// <summary>Cells on this machine, each with its own network and containers. 1 to 64.</summary>
    public int Cells { get; init; } = 2;

    /// <summary>Zones, assigned to the cells in turn. At least 1.</summary>
    public int Zones { get; init; } = 2;

    /// <summary>Memory capacity of each cell, in MB.</summary>
    public int CellMemoryMb { get; init; } = 2048;

    public int CellDiskMb { get; init; } = 10_240;

    public RuntimeKind Runtime { get; init; }

    /// <summary>Containers exist only in memory, which requires neither root nor runc.</summary>
    public bool Simulated => Runtime == RuntimeKind.Simulated;

    /// <summary>False: connections without TLS, for inspecting the traffic.</summary>
    public bool Tls { get; init; } = true;

    /// <summary>NATS servers to publish routes to. If empty, only the node's own router gets them.</summary>
    public IReadOnlyList<Uri> NatsServers { get; init; } = [];

    /// <summary>Listen address of the HTTP router; null for no router.</summary>
    public string? Router { get; init; }

    /// <summary>Whether the router takes a free port if its own is in use.</summary>
    public bool RouterMayMove { get; init; }

    /// <summary>Directories of root filesystems, by the name used in <c>preloaded:NAME</c>.</summary>
    public IReadOnlyDictionary<string, string> PreloadedRootFs { get; init; } = new Dictionary<string, string>();

    /// <summary>Directories that work can mount on every cell.</summary>
    public IReadOnlyList<HostVolume> Volumes { get; init; } = [];

    /// <summary>Sets further options of each cell; null: the cells' own defaults.</summary>
    public Action<CellSetup>? Configure { get; init; }

    public BbsOptions Bbs { get; init; } = new();

    public LogLevel LogLevel { get; init; } = LogLevel.Information;
}
