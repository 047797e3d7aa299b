namespace Scheduler.RouteEmitter.Routing;

/// <summary>Changes to publish after one event. Registrations are sent first. Reused for each event.</summary>
internal sealed class RouteChanges
{
    public List<NewRegistration> Register { get; } = [];

    public List<Registration> Unregister { get; } = [];

    /// <summary>Pairs of instances found to claim the same address.</summary>
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
/// <summary>
/// Whether an instance is new or has moved, as opposed to a route added to an existing one: routers measure how long that took to reach
/// them.
/// </summary>
/// </param>
internal readonly record struct NewRegistration(Registration Registration, bool IsNewEndpoint);
