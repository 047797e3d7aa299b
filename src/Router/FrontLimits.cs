using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Router;

/// <summary>Limits on clients, anyone of whom may be malicious.</summary>
public sealed record FrontLimits
{
    /// <summary>Each costs a file descriptor and some kilobytes; further ones are closed at once.</summary>
    [Setting("Maximum number of connections of clients; further ones are closed immediately", Common = true)]
    [Range(1, int.MaxValue)]
    public int MaxConnections { get; init; } = 20_000;

    /// <summary>Requests of all clients together, WebSockets included. One HTTP/2 connection could otherwise carry most of them.</summary>
    [Setting("Maximum number of requests under way; further ones are answered with 503", Common = true)]
    [Range(1, int.MaxValue)]
    public int MaxRequests { get; init; } = 20_000;

    [Setting("Maximum number of concurrent requests on one HTTP/2 connection", Name = "max-streams")]
    [Range(1, 100_000)]
    public int MaxStreamsPerConnection { get; init; } = 100;

    /// <summary>Room for large cookies; gorouter's limit of 1 MiB would let a thousand clients occupy a gigabyte.</summary>
    [Setting("Maximum size of a request's headers in bytes", Common = true)]
    [Range(1_024, 1_048_576)]
    public int MaxHeaderBytes { get; init; } = 64 * 1024;

    [Setting("Maximum number of headers of a request")]
    [Range(10, 10_000)]
    public int MaxHeaders { get; init; } = 200;

    /// <summary>Bodies pass through and are not stored, so this protects instances rather than the router. 0 for no limit.</summary>
    [Setting("Maximum size of a request's body in bytes; 0 for no limit", Common = true)]
    [Range(0, long.MaxValue)]
    public long MaxBodyBytes { get; init; } = 1L << 30;

    /// <summary>
    /// A slower body ends its request, after five seconds. gRPC and WebSockets are exempt, because they may rightly be silent.
    /// </summary>
    [Setting("Minimum speed of a request's body in bytes per second; 0 for no limit")]
    [Range(0, 1_000_000)]
    public int MinBodyRate { get; init; } = 240;

    [Setting("Timeout for receiving a request's headers", Common = true)]
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan HeaderTimeout { get; init; } = TimeSpan.FromSeconds(10);

    [Setting("Timeout of a client's TLS handshake")]
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longer than load balancers keep theirs, so that they and not the router close a connection.</summary>
    [Setting("Time without requests after which a client's connection is closed", Common = true)]
    [Range(typeof(TimeSpan), "00:00:00.001", "24.00:00:00")]
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(15);
}
