using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Hosting;

/// <summary>What one listener takes of callers that mean harm, or that do it.</summary>
public sealed record ListenerLimits
{
    /// <summary>
    /// Connections at a time; more are closed at once. A peer has one or two, so this is a fleet of some thousands with its clients; each
    /// costs a file descriptor and some kilobytes even when it is idle.
    /// </summary>
    [Setting("Maximum number of connections; further ones are closed immediately", Common = true)]
    [Range(1, int.MaxValue)]
    public int MaxConnections { get; init; } = 16_384;

    /// <summary>
    /// Calls at a time on one connection. A peer has one connection and thousands of calls on it (the usual 100 would queue them).
    /// Resets count until the server has wound the call up, so that opening and resetting has no more effect than calling.
    /// </summary>
    [Setting("Maximum number of concurrent calls per connection", Name = "max-streams", Common = true)]
    [Range(1, 1_000_000)]
    public int MaxStreamsPerConnection { get; init; } = 10_000;

    /// <summary>
    /// Bytes of a call's headers, decompressed, with all their continuations. Ours are about 500; a bearer token or a trace context has room.
    /// </summary>
    [Setting("Maximum size of a call's headers in bytes", Common = true)]
    [Range(1_024, 1_048_576)]
    public int MaxHeaderBytes { get; init; } = 16 * 1024;

    /// <summary>How long the headers of one call may take from their first byte to their last.</summary>
    [Setting("Timeout for receiving a call's headers", Common = true)]
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan HeaderTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a TLS handshake may take. It holds one of the connections, and nobody is known to be behind it yet.</summary>
    [Setting("Timeout of a TLS handshake", Common = true)]
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After how long without a call a connection is closed. Peers that work have calls on theirs, or dial again.</summary>
    [Setting("Time without calls after which a connection is closed", Common = true)]
    [Range(typeof(TimeSpan), "00:00:00.001", "24.00:00:00")]
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(130);
}
