using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging;
using Scheduler.Hosting.Channels;
using Scheduler.Hosting.Settings;
using Scheduler.Hosting.Tls;

namespace Scheduler.Hosting;

/// <summary>What every part's process has in common.</summary>
public sealed record ComponentOptions
{
    /// <summary>The part's name in logs and certificates, such as <c>bbs</c>.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// Where the gRPC services listen: <c>host:port</c> (port 0 takes a free one) or <c>unix:///path</c>. Null for a part that
    /// serves nobody. The default of each part is on the loopback address.
    /// </summary>
    public string? Listen { get; init; }

    /// <summary>Where <c>/healthz</c>, <c>/readyz</c> and <c>/metrics</c> listen over plain HTTP; null for nowhere.</summary>
    public string? OpsListen { get; init; }

    /// <summary>How others reach this part, when that is not the address that it listens on.</summary>
    public string? AdvertiseUrl { get; init; }

    public TlsOptions Tls { get; init; } = new();

    /// <summary>
    /// Whether the gRPC listener may be without TLS. Then nobody is told apart: whoever reaches it may do anything, in anybody's name. For
    /// tests, and for one machine that runs nothing else.
    /// </summary>
    public bool Insecure { get; init; }

    public ListenerLimits Limits { get; init; } = new();

    public ChannelOptions Channels { get; init; } = new();

    /// <summary>Largest request taken. An LRP is at most about 1.2 MiB by its own limits; the rest is for batches.</summary>
    [Setting("Size of a request in bytes", Name = "max-request-bytes")]
    [Range(64 * 1024, int.MaxValue)]
    public int MaxReceiveBytes { get; init; } = 4 * 1024 * 1024;

    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>One JSON object per line instead of text.</summary>
    public bool LogJson { get; init; }

    /// <summary>Longest wait for running calls and loops when the process is asked to stop.</summary>
    [Setting("Longest wait for running calls when the process is asked to stop")]
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
