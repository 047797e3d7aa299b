using System.Net;
using Scheduler.Contracts.V1;

namespace Scheduler.Rep.Health;

/// <param name="Address">The container's.</param>
/// <param name="NetworkNamespace">Where its network namespace is on this machine. Null: checked from the cell's own.</param>
internal sealed record CheckTarget(IPAddress Address, string? NetworkNamespace);

/// <summary>Tries one check once against a container.</summary>
internal interface ICheckProbe
{
    /// <summary>Null when it passed, else what went wrong, in words for the container's owner. Never longer than the check's timeout.</summary>
    Task<string?> TryAsync(CheckTarget target, Check check, CancellationToken cancellation);
}

/// <summary>What the fields of a check mean when they are left out.</summary>
internal static class CheckDefaults
{
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    public static TimeSpan TimeoutOf(Check check) => FromMs(check.HttpCheck?.RequestTimeoutMs ?? check.TcpCheck?.ConnectTimeoutMs ?? 0) ?? Timeout;

    public static TimeSpan? IntervalOf(Check check) => FromMs(check.HttpCheck?.IntervalMs ?? check.TcpCheck?.IntervalMs ?? 0);

    public static string PathOf(HTTPCheck check) => check.Path.Length > 0 ? check.Path : "/";

    private static TimeSpan? FromMs(ulong ms) => ms == 0 ? null : TimeSpan.FromMilliseconds((double)Math.Min(ms, 86_400_000));
}
