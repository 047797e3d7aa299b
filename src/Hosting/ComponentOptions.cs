using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging;
using Scheduler.Hosting.Channels;
using Scheduler.Hosting.Settings;
using Scheduler.Hosting.Tls;

namespace Scheduler.Hosting;

/// <summary>Options common to the processes of all parts.</summary>
public sealed record ComponentOptions
{
    /// <summary>The part's name in logs and certificates, such as <c>bbs</c>.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// Listen address of the gRPC services: <c>host:port</c> (port 0 picks a free one) or <c>unix:///path</c>. Null for a part without
    /// services. Each part's default is on the loopback address.
    /// </summary>
    public string? Listen { get; init; }

    /// <summary>Listen address of <c>/healthz</c>, <c>/readyz</c> and <c>/metrics</c> over plain HTTP; null for none.</summary>
    public string? OpsListen { get; init; }

    /// <summary>URL at which others reach this part, if it differs from the listen address.</summary>
    public string? AdvertiseUrl { get; init; }

    public TlsOptions Tls { get; init; } = new();

    /// <summary>
    /// Whether the gRPC listener may run without TLS. Callers are then not authenticated: anyone who can reach it may do anything under any
    /// name. For tests, and for a machine that runs nothing else.
    /// </summary>
    public bool Insecure { get; init; }

    public ListenerLimits Limits { get; init; } = new();

    public ChannelOptions Channels { get; init; } = new();

    /// <summary>Largest request accepted. An LRP is at most about 1.2 MiB by its own limits; the rest is for batches.</summary>
    [Setting("Maximum size of a request in bytes", Name = "max-request-bytes")]
    [Range(64 * 1024, int.MaxValue)]
    public int MaxReceiveBytes { get; init; } = 4 * 1024 * 1024;

    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>Whether to log one JSON object per line instead of text.</summary>
    public bool LogJson { get; init; }

    /// <summary>Longest wait for running calls and loops at shutdown.</summary>
    [Setting("Maximum wait for running calls at shutdown")]
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
