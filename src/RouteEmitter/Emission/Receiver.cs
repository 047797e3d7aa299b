using Scheduler.RouteEmitter.Routing;

namespace Scheduler.RouteEmitter.Emission;

/// <summary>One kind of recipient of registrations, with its subjects and its schedule.</summary>
internal sealed class Receiver(RouteKind kind, string prefix, string inbox, RegistrationSchedule schedule)
{
    public RouteKind Kind { get; } = kind;

    public RegistrationSchedule Schedule { get; } = schedule;

    public string Register { get; } = prefix + ".register";

    public string Unregister { get; } = prefix + ".unregister";

    public string Greet { get; } = prefix + ".greet";

    public string Start { get; } = prefix + ".start";

    /// <summary>The reply subject for greetings.</summary>
    public string Inbox { get; } = inbox;
}
