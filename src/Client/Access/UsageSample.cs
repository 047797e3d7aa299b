using System.Globalization;
using System.Text.Json.Nodes;
using Scheduler.Contracts.V1;

namespace Scheduler.Client.Access;

/// <summary>What one instance uses, and what it used a moment before.</summary>
/// <param name="Before">Null if it is new: its share of a processor is then not known yet.</param>
internal sealed record UsageSample(InstanceTarget Instance, ContainerUsage Now, ContainerUsage? Before)
{
    public static readonly string[] Columns = ["INSTANCE", "CELL", "CPU", "MEMORY", "DISK", "NET IN", "NET OUT", "PIDS"];

    /// <summary>Percent of one processor since the sample before; null if not known.</summary>
    public double? CpuPercent =>
        Before is { } before && Now.MeasuredAt > before.MeasuredAt
            ? Math.Max(0, 100.0 * (Now.CpuNs - before.CpuNs) / (Now.MeasuredAt - before.MeasuredAt))
            : null;

    public string[] ToRow() =>
        [
            Instance.Name,
            Instance.CellId,
            CpuPercent is { } percent ? string.Create(CultureInfo.InvariantCulture, $"{percent:F1}%") : "-",
            OfLimit(Now.MemoryBytes, Now.MemoryLimitBytes),
            OfLimit(Now.DiskBytes, Now.DiskLimitBytes),
            Size(Now.ReceivedBytes),
            Size(Now.SentBytes),
            Now.Pids.ToString(CultureInfo.InvariantCulture),
        ];

    public JsonObject ToJson() =>
        new()
        {
            ["timestamp"] = Now.MeasuredAt,
            ["name"] = Instance.Name,
            ["instance_guid"] = Instance.ContainerGuid,
            ["cell_id"] = Instance.CellId,
            ["cpu_percent"] = CpuPercent is { } percent ? Math.Round(percent, 2) : null,
            ["memory_bytes"] = Now.MemoryBytes,
            ["memory_limit_bytes"] = Now.MemoryLimitBytes,
            ["disk_bytes"] = Now.DiskBytes,
            ["disk_limit_bytes"] = Now.DiskLimitBytes,
            ["received_bytes"] = Now.ReceivedBytes,
            ["sent_bytes"] = Now.SentBytes,
            ["pids"] = Now.Pids,
        };

    /// <summary>Three digits and a unit at most: <c>512B</c>, <c>1.5K</c>, <c>128M</c>.</summary>
    internal static string Size(long bytes)
    {
        const string units = "KMGTPE";
        if (bytes < 1_024)
            return string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, bytes)}B");
        var (value, unit) = (bytes / 1_024.0, 0);
        while (value >= 999.5)
            (value, unit) = (value / 1_024, unit + 1);
        return value < 9.95 && Math.Round(value, 1) != Math.Round(value)
            ? string.Create(CultureInfo.InvariantCulture, $"{value:F1}{units[unit]}")
            : string.Create(CultureInfo.InvariantCulture, $"{value:F0}{units[unit]}");
    }

    private static string OfLimit(long bytes, long limit) => limit > 0 ? $"{Size(bytes)}/{Size(limit)}" : Size(bytes);
}
