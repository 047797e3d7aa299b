using System.Net;
using Scheduler.Contracts.V1;

namespace Scheduler.Rep.Health;

/// <param name="Address">The container's address.</param>
/// <param name="NetworkNamespace">Path of the container's network namespace on this machine. Null: check from the cell's own.</param>
internal sealed record CheckTarget(IPAddress Address, string? NetworkNamespace);

/// <summary>Makes a single attempt of a check against a container.</summary>
internal interface ICheckProbe
{
    /// <summary>
    /// Null if the check passed, else the failure in words for the container's owner. Never takes longer than the check's timeout.
    /// </summary>
    Task<string?> TryAsync(CheckTarget target, Check check, CancellationToken cancellation);
}

/// <summary>Defaults of a check's fields.</summary>
internal static class CheckDefaults
{
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    public static TimeSpan TimeoutOf(Check check) =>
        FromMs(check.HttpCheck?.RequestTimeoutMs ?? check.TcpCheck?.ConnectTimeoutMs ?? 0) ?? Timeout;

    public static TimeSpan? IntervalOf(Check check) => FromMs(check.HttpCheck?.IntervalMs ?? check.TcpCheck?.IntervalMs ?? 0);

    public static string PathOf(HTTPCheck check) => check.Path.Length > 0 ? check.Path : "/";

    private static TimeSpan? FromMs(ulong ms) => ms == 0 ? null : TimeSpan.FromMilliseconds((double)Math.Min(ms, 86_400_000));
}
