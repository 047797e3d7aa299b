namespace Scheduler.Hosting.Channels;

/// <summary>How this process connects to others.</summary>
public sealed record ChannelOptions
{
    /// <summary>Longest wait for a TCP connection and its TLS handshake.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Silence after which a connection with calls on it is probed; with the timeout below, a peer that vanished without a
    /// word is noticed within their sum, well before a presence of 15 s runs out.
    /// </summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Largest message taken from a peer. Lists come in pages of about 1 MiB, so this is for one large LRP.</summary>
    public int MaxReceiveBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>
    /// How long a call looks for the active BBS when those that answer are standbys or refuse connections. A takeover
    /// lasts at most the lock's time to live; a caller with less patience sets a deadline.
    /// </summary>
    public TimeSpan FailoverPatience { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Pause at most after all addresses were tried once; grows by half each time up to four times this, and up to half of it is left out by chance.</summary>
    public TimeSpan FailoverPause { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>For jitter; null: a different one in each run.</summary>
    public int? Seed { get; init; }
}
