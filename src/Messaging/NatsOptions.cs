using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;
using Scheduler.Models;

namespace Scheduler.Messaging;

/// <summary>Settings of the connection to NATS.</summary>
public sealed record NatsOptions : IValidatableObject
{
    /// <summary>
    /// <c>nats://host:port</c> or <c>tls://host:port</c>, with user and password before an <c>@</c> if any. They are tried in turn,
    /// followed by the servers that they announce. If empty, nothing is published.
    /// </summary>
    public IReadOnlyList<Uri> Servers { get; init; } = [];

    /// <summary>For servers whose URL contains no user.</summary>
    public string? User { get; init; }

    public string? Password { get; init; }

    /// <summary>PEM file of the authorities that may sign a server's certificate; null for the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>PEM file of the client certificate; null for none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file of its key; null if the key is in the certificate's file.</summary>
    public string? KeyFile { get; init; }

    /// <summary>
    /// Longest pause between attempts to connect. Jitter shortens it by up to half, so that the emitters of a thousand cells do not connect
    /// at the same moment. Diego's value: a restarted server is in use again within a second.
    /// </summary>
    [Setting("Maximum pause between attempts to connect to NATS", Name = "nats-reconnect-wait")]
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan ReconnectWait { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Timeout of the TCP connection, TLS and the server's greeting together; a healthy server needs milliseconds.</summary>
    [Setting("Timeout of a connection to NATS, with TLS and the greeting", Name = "nats-connect-timeout")]
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Time between pings; Diego's value. A connection with <see cref="MaxPingsOut"/> unanswered pings is closed at the next one.
    /// </summary>
    [Setting("Interval between pings to NATS", Name = "nats-ping-interval")]
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(20);

    [Setting("Number of unanswered pings after which a connection to NATS is closed", Name = "nats-max-pings-out")]
    [Range(1, 100)]
    public int MaxPingsOut { get; init; } = 2;

    /// <summary>
    /// Bytes that may wait for the socket before publishers wait too. Enough for some 10,000 registrations, so that the periodic
    /// registration of a typical table never waits.
    /// </summary>
    [Setting("Maximum number of bytes waiting for the connection to NATS", Name = "nats-max-pending-bytes")]
    [Range(4096, int.MaxValue)]
    public int MaxPendingBytes { get; init; } = 4 << 20;

    /// <summary>Name of this client in the server's monitoring.</summary>
    [Setting("Name of this client in the NATS server's monitoring", Name = "nats-client-name")]
    public string ClientName { get; init; } = "scheduler-route-emitter";

    /// <summary>The error for a malformed address; it does not repeat a password in it.</summary>
    public static DomainError Malformed(string address) => DomainError.Invalid("nats", Rule(address));

    private static string Rule(string address)
    {
        var at = address.LastIndexOf('@');
        return $"must be nats://host:port or tls://host:port, not \"{(at < 0 ? address : $"***{address[at..]}")}\"";
    }

    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext context)
    {
        foreach (var server in Servers)
        {
            if (!server.IsAbsoluteUri || server.Scheme is not ("nats" or "tls") || server.Host.Length == 0)
                yield return new ValidationResult(Rule(server.OriginalString), ["nats"]);
        }
    }
}
