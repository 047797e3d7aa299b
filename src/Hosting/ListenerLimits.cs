using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Hosting;

/// <summary>Limits of one listener against malicious or faulty callers.</summary>
public sealed record ListenerLimits
{
    /// <summary>
    /// Limit of connections; further ones are closed at once. A peer has one or two, so this serves a fleet of some thousands with its
    /// clients. Each costs a file descriptor and some kilobytes even when idle.
    /// </summary>
    [Setting("Maximum number of connections; further ones are closed immediately", Common = true)]
    [Range(1, int.MaxValue)]
    public int MaxConnections { get; init; } = 16_384;

    /// <summary>
    /// Limit of concurrent calls per connection. A peer has one connection with thousands of calls on it; the usual limit of 100 would
    /// queue them. A reset call counts until the server has cleaned it up, so opening and resetting calls has no more effect than making
    /// them.
    /// </summary>
    [Setting("Maximum number of concurrent calls per connection", Name = "max-streams", Common = true)]
    [Range(1, 1_000_000)]
    public int MaxStreamsPerConnection { get; init; } = 10_000;

    /// <summary>
    /// Bytes of a call's headers, decompressed, including continuations. Internal calls use about 500, which leaves room for a bearer token
    /// or a trace context.
    /// </summary>
    [Setting("Maximum size of a call's headers in bytes", Common = true)]
    [Range(1_024, 1_048_576)]
    public int MaxHeaderBytes { get; init; } = 16 * 1024;

    /// <summary>Timeout for receiving the headers of one call, from their first byte to their last.</summary>
    [Setting("Timeout for receiving a call's headers", Common = true)]
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan HeaderTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Timeout of a TLS handshake. It occupies a connection, and the peer is not authenticated yet.</summary>
    [Setting("Timeout of a TLS handshake", Common = true)]
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// TLS handshakes at a time; other connections wait for theirs. Each takes some milliseconds of processor time and two round trips, so this
    /// keeps a few processors busy, and each handshake ends before its peer gives up.
    /// </summary>
    [Setting("Maximum number of TLS handshakes at a time; other connections wait", Name = "handshakes", Common = true)]
    [Range(1, 100_000)]
    public int HandshakesAtOnce { get; init; } = 16;

    /// <summary>
    /// Time without calls after which a connection is closed. Working peers have calls on their connections, or dial again.
    /// </summary>
    [Setting("Time without calls after which a connection is closed", Common = true)]
    [Range(typeof(TimeSpan), "00:00:00.001", "24.00:00:00")]
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(130);
}
