namespace Scheduler.RouteEmitter.Routing;

/// <summary>What to tell the routers after one event. Registrations go out first. Reused from event to event.</summary>
internal sealed class RouteChanges
{
    public List<NewRegistration> Register { get; } = [];

    public List<Registration> Unregister { get; } = [];

    /// <summary>Pairs of instances that turned out to claim one address.</summary>
    public int AddressCollisions { get; set; }

    public bool IsEmpty => Register.Count == 0 && Unregister.Count == 0;

    public void Clear()
    {
        Register.Clear();
        Unregister.Clear();
        AddressCollisions = 0;
    }
}

/// <param name="Registration">What to register.</param>
/// <param name="IsNewEndpoint">
/// Whether an instance came or moved, as against a route that was added to one: routers measure how long that took to reach them.
/// </param>
internal readonly record struct NewRegistration(Registration Registration, bool IsNewEndpoint);
