using Scheduler.Hosting.Leases;
using Scheduler.Models;
using Scheduler.RouteEmitter.Nats;

namespace Scheduler.RouteEmitter;

/// <summary>How routes are published. Defaults are Diego's unless they say otherwise.</summary>
public sealed record RouteEmitterOptions
{
    public NatsOptions Nats { get; init; } = new();

    /// <summary>How long this emitter may be silent before another takes over. From 3 s to 10 min.</summary>
    public TimeSpan LockTtl { get; init; } = LeaseOptions.DefaultTtl;

    /// <summary>Instances of this cell only, for one emitter on each cell; empty: of all cells.</summary>
    public string CellId { get; init; } = "";

    /// <summary>Whether an instance that prefers no address is reached at its container's.</summary>
    public bool RegisterDirectInstanceRoutes { get; init; }

    /// <summary>Whether internal routes are published to the service discovery too.</summary>
    public bool InternalRoutes { get; init; }

    /// <summary>
    /// Between two registrations of the whole table until a router says its own figure. Routers forget a route after 120 s; a sixth of
    /// it survives several lost messages.
    /// </summary>
    public TimeSpan RegisterInterval { get; init; } = TimeSpan.FromSeconds(20);

    public TimeSpan GreetingRetry { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Diego's emitter ends itself after as many unanswered greetings. Ours goes on: routers may come later, and say so when
    /// they start.
    /// </summary>
    public int MaxGreetings { get; init; } = 30;

    /// <summary>After a router started, up to this share of the interval passes before everything is registered.</summary>
    public double JitterFactor { get; init; } = 0.2;

    public TimeSpan UnregistrationInterval { get; init; } = TimeSpan.FromSeconds(30);

    public int UnregistrationSendCount { get; init; } = 20;

    /// <summary>Unregistrations that are remembered to be sent again; some 30 MB when full.</summary>
    public int MaxRememberedUnregistrations { get; init; } = 100_000;

    /// <summary>Before the event stream is opened again after it was lost, at most; up to half of it is left out by chance.</summary>
    public TimeSpan StreamRetry { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Events and messages that may wait for the loop. When it is full the stream is no longer read, and the BBS decides how long it
    /// bears that.
    /// </summary>
    public int QueueLength { get; init; } = 1024;

    /// <summary>For jitter and reply subjects; null: a different one in each run.</summary>
    public int? Seed { get; init; }

    /// <summary>The rule that a value breaks, or null.</summary>
    public DomainError? Validate()
    {
        if (RegisterInterval < TimeSpan.FromSeconds(1) || RegisterInterval > TimeSpan.FromSeconds(60))
            return DomainError.Invalid("register-interval", "must be from 1s to 60s, because routers drop a route after 120s");
        if (LeaseOptions.ValidateTtl(LockTtl) is { } broken)
            return broken;
        if (GreetingRetry <= TimeSpan.Zero || UnregistrationInterval <= TimeSpan.Zero || StreamRetry <= TimeSpan.Zero)
            return DomainError.Invalid("route-emitter", "intervals must be greater than 0");
        if (MaxGreetings < 1)
            return DomainError.Invalid("max-greetings", "must be at least 1");
        if (JitterFactor is not (>= 0 and <= 1))
            return DomainError.Invalid("jitter-factor", "must be from 0 to 1");
        if (UnregistrationSendCount < 0 || MaxRememberedUnregistrations < 0)
            return DomainError.Invalid("unregistration-send-count", "must be at least 0");
        if (QueueLength < 1)
            return DomainError.Invalid("queue-length", "must be at least 1");
        foreach (var server in Nats.Servers)
        {
            if (!server.IsAbsoluteUri || server.Scheme is not ("nats" or "tls") || server.Host.Length == 0)
                return NatsOptions.Malformed(server.OriginalString);
        }

        return null;
    }
}
