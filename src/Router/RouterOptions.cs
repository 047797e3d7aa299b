using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;
using Scheduler.Messaging;
using Scheduler.Router.Table;

namespace Scheduler.Router;

/// <summary>Settings of the router. Defaults are gorouter's unless stated otherwise.</summary>
public sealed record RouterOptions : IValidatableObject
{
    public NatsOptions Nats { get; init; } = new() { ClientName = "scheduler-router" };

    public FrontLimits Limits { get; init; } = new();

    /// <summary>Address for requests without TLS, HTTP/1.1 and HTTP/2; empty for none.</summary>
    [Setting("Listen address of requests without TLS; none for no such listener", Common = true, Value = "ADDRESS:PORT")]
    public string Listen { get; init; } = "127.0.0.1:8080";

    /// <summary>Address for requests with TLS; empty for none.</summary>
    [Setting("Listen address of requests with TLS (default: none)", Common = true, Value = "ADDRESS:PORT")]
    public string TlsListen { get; init; } = "";

    /// <summary>PEM file of the certificate that clients see, with its intermediates.</summary>
    [Setting("PEM file of the certificate for --tls-listen, with its chain", Name = "tls-cert", Common = true, Value = "FILE")]
    public string TlsCertificateFile { get; init; } = "";

    [Setting("PEM file of the private key for --tls-listen", Name = "tls-key", Common = true, Value = "FILE")]
    public string TlsKeyFile { get; init; } = "";

    /// <summary>Interval at which both files are read again. Reading them takes a fraction of a millisecond.</summary>
    [Setting("Interval at which the files of the certificate are read again, to take over a new one")]
    [Range(typeof(TimeSpan), "00:00:00.010", "24.00:00:00")]
    public TimeSpan TlsRefreshInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Networks of proxies in front of this router. X-Forwarded-For, -Proto and -Host are taken over from them, and from nobody else.
    /// </summary>
    [Setting("Networks of proxies whose X-Forwarded-* headers are believed (default: none)", Common = true, Value = "CIDR")]
    public List<string> TrustedProxies { get; init; } = [];

    [Setting("How the next instance is chosen, for routes that do not say so themselves", Common = true)]
    public Balancing Balancing { get; init; } = Balancing.RoundRobin;

    /// <summary>The cookies of applications that keep a session in one instance.</summary>
    [Setting("Cookies of applications whose clients keep their instance", Value = "NAME")]
    public List<string> StickyCookies { get; init; } = ["JSESSIONID"];

    /// <summary>
    /// File for one line of JSON for each request, <c>-</c> for the standard output, empty for none. Unlike gorouter's, it is off unless
    /// asked for: a line for each request costs a tenth of the throughput, and a disk.
    /// </summary>
    [Setting("File for a line of JSON for each request; - for the standard output (default: none)", Common = true, Value = "FILE|-")]
    public string AccessLog { get; init; } = "";

    /// <summary>Instances that any router tries for one request.</summary>
    [Setting("Number of instances tried for one request")]
    [Range(1, 10)]
    public int MaxAttempts { get; init; } = 3;

    /// <summary>Time to establish a connection to an instance. The network is a data centre's, so silence means that nobody is there.</summary>
    [Setting("Timeout of a connection to an instance")]
    [Range(typeof(TimeSpan), "00:00:00.010", "00:05:00")]
    public TimeSpan InstanceConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Longest silence of a request, in both directions together, including the wait for the answer. Cloud Foundry's deployments set this.
    /// </summary>
    [Setting("Maximum time for which a request may pass no byte in either direction", Common = true)]
    [Range(typeof(TimeSpan), "00:00:00.010", "24.00:00:00")]
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// Time for which an unused connection to an instance is kept. Common servers close theirs after 5 s; a request that meets the closing
    /// connection could fail.
    /// </summary>
    [Setting("Time for which an unused connection to an instance is kept")]
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan InstanceIdleTimeout { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Time for which an endpoint that refused a connection gets no requests, if there are others.</summary>
    [Setting("Time for which an instance that refused a connection gets no requests while there are others")]
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan SetAsideTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Requests of one endpoint under way at this router. Cloud Foundry's deployments set 500, for small instances.</summary>
    [Setting("Maximum number of requests under way at one instance")]
    [Range(1, 1_000_000)]
    public int MaxRequestsPerInstance { get; init; } = 1_000;

    /// <summary>Some 2 KB each.</summary>
    [Setting("Maximum number of routes")]
    [Range(1, 10_000_000)]
    public int MaxRoutes { get; init; } = 100_000;

    [Setting("Maximum number of pairs of route and instance")]
    [Range(1, 10_000_000)]
    public int MaxBackends { get; init; } = 500_000;

    /// <summary>What emitters are told when they greet.</summary>
    [Setting("Interval at which emitters are asked to register their routes")]
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan RegisterInterval { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Six intervals, so that some registrations may be lost.</summary>
    [Setting("Time after which an endpoint is dropped unless it is registered again")]
    [Range(typeof(TimeSpan), "00:00:01", "24.00:00:00")]
    public TimeSpan StaleThreshold { get; init; } = TimeSpan.FromSeconds(120);

    [Setting("Interval between searches for endpoints to drop")]
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan PruneInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Time for which a route without an instance is answered with 503 instead of 404: its only instance may be restarting.
    /// </summary>
    [Setting("Time for which a route without instances is answered with 503 before it is unknown")]
    [Range(typeof(TimeSpan), "00:00:00", "24.00:00:00")]
    public TimeSpan EmptyRouteKept { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Time after the first connection to NATS until the router calls itself ready: emitters register everything within an interval.
    /// </summary>
    [Setting("Time from the first connection to NATS until the router is ready")]
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan StartDelay { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// At shutdown, time between the first failing readiness check and the end of listening, in which a load balancer should notice.
    /// </summary>
    [Setting("Time at shutdown for load balancers to notice, before the router stops listening", Common = true)]
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan DrainWait { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Time at shutdown for requests under way, after which their connections are closed. Gorouter's is 15 min.</summary>
    [Setting("Maximum wait at shutdown for requests under way", Common = true)]
    [Range(typeof(TimeSpan), "00:00:00", "24.00:00:00")]
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromMinutes(1);

    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext context)
    {
        if (Listen.Length == 0 && TlsListen.Length == 0)
            yield return new ValidationResult("must be set, or tls-listen", [nameof(Listen)]);
        if (TlsListen.Length > 0 && (TlsCertificateFile.Length == 0 || TlsKeyFile.Length == 0))
            yield return new ValidationResult("must be set together with tls-listen", [nameof(TlsCertificateFile), nameof(TlsKeyFile)]);
        if (StaleThreshold <= RegisterInterval)
            yield return new ValidationResult("must be longer than register-interval", [nameof(StaleThreshold)]);
        foreach (var network in TrustedProxies)
        {
            if (!System.Net.IPNetwork.TryParse(network, out _))
                yield return new ValidationResult($"must be networks such as 10.0.0.0/8, not \"{network}\"", [nameof(TrustedProxies)]);
        }
    }
}
