using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Leases;
using Scheduler.Hosting.Settings;
using Scheduler.Messaging;

namespace Scheduler.RouteEmitter;

/// <summary>Settings of the route emitter. Defaults are Diego's unless stated otherwise.</summary>
public sealed record RouteEmitterOptions
{
    public NatsOptions Nats { get; init; } = new();

    /// <summary>TTL of the leader lock: a standby takes over after this long without renewal. From 3 s to 10 min.</summary>
    [Setting("Leader lock TTL: a standby takes over after this long without renewal", Common = true)]
    [Range(typeof(TimeSpan), "00:00:03", "00:10:00")]
    public TimeSpan LockTtl { get; init; } = LeaseOptions.DefaultTtl;

    /// <summary>Emit only instances of this cell, for one emitter per cell; empty for all cells.</summary>
    [Setting("Emit routes of this cell only, for one emitter per cell (default: all cells)", Common = true)]
    public string CellId { get; init; } = "";

    /// <summary>Whether an instance without a preference is registered with its container's address.</summary>
    [Setting("Register container addresses instead of host addresses for instances without a preference", Common = true)]
    public bool RegisterDirectInstanceRoutes { get; init; }

    /// <summary>Whether internal routes are also published for service discovery.</summary>
    [Setting("Also publish internal routes for service discovery", Common = true)]
    public bool InternalRoutes { get; init; }

    /// <summary>
    /// Time between registrations of the whole table until a router sets its own. Routers drop a route after 120 s; a sixth of that
    /// tolerates several lost messages.
    /// </summary>
    [Setting("Interval between registrations of all routes until a router sets its own; routers drop a route after 120s")]
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan RegisterInterval { get; init; } = TimeSpan.FromSeconds(20);

    [Setting("Interval between greetings until a router answers")]
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan GreetingRetry { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Unanswered greetings after which greeting stops. Diego's emitter exits then; this one continues, because routers may start later and
    /// announce it.
    /// </summary>
    [Setting("Number of unanswered greetings after which the emitter stops greeting")]
    [Range(1, int.MaxValue)]
    public int MaxGreetings { get; init; } = 30;

    /// <summary>After a router starts, up to this share of the interval passes before everything is registered.</summary>
    [Setting("Maximum delay, as a share of the interval (0 to 1), before all routes are registered after a router starts")]
    [Range(0.0, 1.0)]
    public double JitterFactor { get; init; } = 0.2;

    [Setting("Interval between repetitions of an unregistration")]
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan UnregistrationInterval { get; init; } = TimeSpan.FromSeconds(30);

    [Setting("Number of times that an unregistration is sent")]
    [Range(0, int.MaxValue)]
    public int UnregistrationSendCount { get; init; } = 20;

    /// <summary>Unregistrations remembered for repetition; some 30 MB when full.</summary>
    [Setting("Maximum number of unregistrations remembered for repetition")]
    [Range(0, int.MaxValue)]
    public int MaxRememberedUnregistrations { get; init; } = 100_000;

    /// <summary>Longest pause before a broken event stream is reopened; jitter shortens it by up to half.</summary>
    [Setting("Maximum pause before a broken event stream is reopened")]
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan StreamRetry { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Limit of events and messages that wait for the loop. When it is full the stream is no longer read, and the BBS decides how long it
    /// tolerates that.
    /// </summary>
    [Setting("Maximum number of events and messages waiting for the emitter")]
    [Range(1, int.MaxValue)]
    public int QueueLength { get; init; } = 1024;

    /// <summary>Seed for jitter and reply subjects; null picks a different one for each run.</summary>
    internal int? Seed { get; init; }
}
