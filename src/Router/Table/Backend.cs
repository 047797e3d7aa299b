using System.Globalization;

namespace Scheduler.Router.Table;

/// <summary>What a registration says about one address of a route. Two that are equal are the same instance in the same place.</summary>
internal sealed record BackendIdentity(string Host, int Port, string App, string InstanceId, string InstanceIndex, bool IsHttp2)
{
    public static BackendIdentity Of(RegistryMessage message) =>
        new(message.Host, message.Port, message.App, message.PrivateInstanceId, message.PrivateInstanceIndex, message.Protocol == "http2");
}

/// <summary>One address that serves a route, with what the router knows about it. Requests use it from many threads.</summary>
internal sealed class Backend(BackendIdentity identity, long updatedAt)
{
    private long _setAsideUntil;
    private int _requests;

    public BackendIdentity Identity { get; } = identity;

    /// <summary>When the instance was placed, in Unix nanoseconds; 0 if nobody said.</summary>
    public long UpdatedAt { get; } = updatedAt;

    /// <summary>The beginning of every URL at this address.</summary>
    public string Url { get; } = string.Create(CultureInfo.InvariantCulture, $"http://{Bracketed(identity.Host)}:{identity.Port}");

    /// <summary>When it is dropped, unless it is registered again before.</summary>
    public TimeSpan StaleAt { get; set; }

    /// <summary>Requests under way.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public bool IsAt(BackendIdentity other) => Identity.Port == other.Port && Identity.Host == other.Host;

    /// <summary>Whether it refused a connection a short time ago.</summary>
    public bool IsSetAside(TimeSpan now) => Volatile.Read(ref _setAsideUntil) > now.Ticks;

    public void SetAside(TimeSpan until) => Volatile.Write(ref _setAsideUntil, until.Ticks);

    /// <summary>Counts one more request; call <see cref="End"/> when it has ended.</summary>
    /// <returns>False, with nothing counted, if it already has as many as allowed.</returns>
    public bool TryBegin(int mostRequests)
    {
        if (Interlocked.Increment(ref _requests) <= mostRequests)
            return true;
        Interlocked.Decrement(ref _requests);
        return false;
    }

    public void End() => Interlocked.Decrement(ref _requests);

    private static string Bracketed(string host) => host.Contains(':') && host[0] != '[' ? $"[{host}]" : host;
}
