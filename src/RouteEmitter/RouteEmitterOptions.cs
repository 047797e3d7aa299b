using System.ComponentModel.DataAnnotations;
using Scheduler.RouteEmitter.Nats;

namespace Scheduler.RouteEmitter;

/// <summary>How routes are published. Defaults are Diego's unless they say otherwise.</summary>
public sealed class RouteEmitterOptions
{
    public const string Section = "RouteEmitter";

    public NatsOptions Nats { get; set; } = new();

    /// <summary>Instances of this cell only, for one emitter on each cell; empty: of all cells.</summary>
    public string CellId { get; set; } = "";

    /// <summary>Whether an instance that prefers no address is reached at its container's.</summary>
    public bool RegisterDirectInstanceRoutes { get; set; }

    /// <summary>Whether internal routes are published to the service discovery too.</summary>
    public bool InternalRoutes { get; set; }

    /// <summary>
    /// Between two registrations of the whole table until a router says its own figure. Routers forget a route after 120 s; a sixth of
    /// it survives several lost messages.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan RegisterInterval { get; set; } = TimeSpan.FromSeconds(20);

    public TimeSpan GreetingRetry { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Diego's emitter ends itself after as many unanswered greetings. Ours goes on: routers may come later, and say so when
    /// they start.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MaxGreetings { get; set; } = 30;

    /// <summary>After a router started, up to this share of the interval passes before everything is registered.</summary>
    [Range(0.0, 1.0)]
    public double JitterFactor { get; set; } = 0.2;

    public TimeSpan UnregistrationInterval { get; set; } = TimeSpan.FromSeconds(30);

    [Range(0, 1000)]
    public int UnregistrationSendCount { get; set; } = 20;

    /// <summary>Unregistrations that are remembered to be sent again; some 30 MB when full.</summary>
    [Range(0, 10_000_000)]
    public int MaxRememberedUnregistrations { get; set; } = 100_000;

    /// <summary>Before the event stream is opened again after it was lost.</summary>
    public TimeSpan StreamRetry { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Events and messages that may wait for the loop. When it is full the stream is no longer read, and the BBS decides how long it
    /// bears that.
    /// </summary>
    [Range(1, 1_000_000)]
    public int QueueLength { get; set; } = 1024;

    /// <summary>For jitter and reply subjects; null: a different one in each run.</summary>
    public int? Seed { get; set; }
}
