using System.Collections.Concurrent;

namespace Scheduler.MariaDb.Pooling;

/// <summary>The pools of connections that are made from a connection string alone: one per string.</summary>
internal static class PoolRegistry
{
    private static readonly ConcurrentDictionary<string, Lazy<SessionSource>> Sources = new();

    public static SessionSource Get(string connectionString)
    {
        // Settings are checked before anything is registered: a wrong string leaves no trace.
        if (Sources.TryGetValue(connectionString, out var known)) return known.Value;
        var settings = new ConnectionSettings(connectionString);
        return Sources.GetOrAdd(connectionString, _ => new Lazy<SessionSource>(() => SessionSource.Create(settings, TimeProvider.System))).Value;
    }

    public static void ClearAll()
    {
        foreach (var source in Sources.Values) source.Value.Clear();
    }
}
