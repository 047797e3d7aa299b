using System.Globalization;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Output;

/// <summary>Formats values for tables.</summary>
internal static class Texts
{
    public static string Age(long unixNanoseconds, DateTimeOffset now)
    {
        if (unixNanoseconds <= 0)
            return "-";
        var age = now - UnixNanos.ToTime(unixNanoseconds);
        return age < TimeSpan.Zero ? "0s" : Span(age);
    }

    /// <summary>At most two units: <c>45s</c>, <c>12m</c>, <c>3h20m</c>, <c>5d</c>.</summary>
    public static string Span(TimeSpan span) =>
        span switch
        {
            { TotalSeconds: < 120 } => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalSeconds}s"),
            { TotalMinutes: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalMinutes}m"),
            { TotalHours: < 24 } => string.Create(CultureInfo.InvariantCulture, $"{span.Hours}h{span.Minutes:00}m"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalDays}d"),
        };

    public static string Megabytes(long megabytes) =>
        megabytes switch
        {
            >= 10 * 1024 when megabytes % 1024 == 0 => $"{megabytes / 1024}G",
            _ => string.Create(CultureInfo.InvariantCulture, $"{megabytes}M"),
        };

    /// <summary>Three digits at least, in decimal units as registries use them: <c>940 kB</c>, <c>34.1 MB</c>, <c>2.05 GB</c>.</summary>
    public static string Bytes(long bytes) =>
        bytes switch
        {
            < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
            < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000} kB"),
            < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.00} GB"),
        };

    public static string OrDash(string text) => text.Length == 0 ? "-" : text;

    /// <summary>The addresses of an instance: the cell's address and port for each container port.</summary>
    public static string Ports(ActualLRPNetInfo? net) =>
        net is null || net.Ports.Count == 0 ? "-" : string.Join(',', net.Ports.Select(port => Port(net, port)));

    /// <summary>
    /// Why work cannot be placed. Diego's text for missing volume drivers, which programs know, does not name them; people want to know.
    /// </summary>
    public static string Placement(string error, IEnumerable<VolumeMount> mounts) =>
        error == PlacementErrors.VolumeDriverMismatch
        && string.Join(", ", mounts.Select(mount => mount.Driver).Distinct(StringComparer.Ordinal)) is { Length: > 0 } drivers
            ? $"{error}: {drivers}"
            : error;

    /// <summary>Details that the state alone does not show.</summary>
    /// <param name="mounts">Those of its LRP, if they are known.</param>
    public static string Remark(ActualLRP row, IReadOnlyList<VolumeMount>? mounts = null)
    {
        var remarks = new List<string>();
        if (row.Presence != ActualLRP.Types.Presence.Ordinary)
            remarks.Add(row.Presence == ActualLRP.Types.Presence.Evacuating ? "evacuating" : "suspect: its cell was given up");
        if (row.State == ActualLrpStateNames.Running && row.HasRoutable && !row.Routable)
            remarks.Add("not ready");
        if (row.PlacementError.Length > 0)
            remarks.Add(Placement(row.PlacementError, mounts ?? []));
        if (row.CrashReason.Length > 0)
            remarks.Add($"crashed: {row.CrashReason}");
        return string.Join("; ", remarks);
    }

    /// <summary>
    /// A task's location, to print after its state. A task that its cell gave back still names that cell but is not on it.
    /// </summary>
    public static string Cell(OneOffTask task) =>
        (task.State, task.CellId) switch
        {
            (_, "") => "",
            (OneOffTask.Types.State.Pending, _) => $", returned by {task.CellId}",
            _ => $" on {task.CellId}",
        };

    /// <summary>The cell that the task is on; empty if it is on none.</summary>
    public static string CellId(OneOffTask task) => IsOnCell(task) ? task.CellId : "";

    public static bool IsOnCell(OneOffTask task) => task.CellId.Length > 0 && task.State != OneOffTask.Types.State.Pending;

    public static string Local(long unixNanoseconds) =>
        UnixNanos.ToTime(unixNanoseconds).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private static string Port(ActualLRPNetInfo net, PortMapping port) =>
        port.HostPort == 0
            ? $"{port.ContainerPort}"
            : string.Create(CultureInfo.InvariantCulture, $"{net.Address}:{port.HostPort}->{port.ContainerPort}");
}
