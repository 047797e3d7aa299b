using Scheduler.RouteEmitter.Routing;

namespace Scheduler.RouteEmitter.Emission;

/// <summary>One kind of listener to registrations, its subjects and how far we are with it.</summary>
internal sealed class Receiver(RouteKind kind, string prefix, string inbox, RegistrationSchedule schedule)
{
    public RouteKind Kind { get; } = kind;

    public RegistrationSchedule Schedule { get; } = schedule;

    public string Register { get; } = prefix + ".register";

    public string Unregister { get; } = prefix + ".unregister";

    public string Greet { get; } = prefix + ".greet";

    public string Start { get; } = prefix + ".start";

    /// <summary>Where answers to our greetings come.</summary>
    public string Inbox { get; } = inbox;
}
