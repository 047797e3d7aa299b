using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Hosting.Channels;

/// <summary>How this process connects to others.</summary>
public sealed record ChannelOptions
{
    /// <summary>Timeout of a TCP connection and its TLS handshake.</summary>
    [Setting("Timeout of a connection to another component, with its TLS handshake")]
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Silence after which a connection with calls on it is probed. With the timeout below, a peer that vanished is noticed within their
    /// sum, well before a presence of 15 s expires.
    /// </summary>
    [Setting("Idle time after which a connection with open calls is probed")]
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(5);

    [Setting("Timeout of such a probe")]
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Largest message accepted from a peer. Lists come in pages of about 1 MiB, so this is for one large LRP.</summary>
    [Setting("Maximum size of a message from another component in bytes", Name = "max-answer-bytes")]
    [Range(64 * 1024, int.MaxValue)]
    public int MaxReceiveBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>
    /// How long a call searches for the active BBS while those that answer are standbys or refuse connections. A takeover takes at most the
    /// lock's TTL; a less patient caller sets a deadline.
    /// </summary>
    [Setting("Maximum time that a call searches for the active BBS")]
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan FailoverPatience { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Longest pause after all addresses were tried once. It grows by half each time up to four times this value, and jitter shortens it by
    /// up to half.
    /// </summary>
    [Setting("Pause after all BBSs were tried once; grows up to fourfold")]
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan FailoverPause { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Seed for jitter; null picks a different one for each run.</summary>
    internal int? Seed { get; init; }
}
