using Scheduler.Tests.TestKit.MariaDb;

namespace Scheduler.Bench.Commands.Parts;

/// <summary>The store of the BBS: a MariaDB server started by the benchmark, or the one that the user names.</summary>
internal sealed class Store : IAsyncDisposable
{
    private const string MySqlPrefix = "mysql:";
    private readonly MariaDbServer? _server;

    private Store(string url, MariaDbServer? server) => (Url, _server) = (url, server);

    /// <summary>As accepted by the BBS's <c>--store</c>.</summary>
    public string Url { get; }

    /// <summary>Connection string to read the server's counters; null for an embedded store.</summary>
    public string? MySqlConnectionString => Url.StartsWith(MySqlPrefix, StringComparison.Ordinal) ? Url[MySqlPrefix.Length..] : null;

    /// <param name="named">
    /// Null for a new server, durable as in production, which is removed with this object.
    /// </param>
    public static async Task<Store> OpenAsync(string? named, CancellationToken cancellationToken)
    {
        if (named is not null)
            return new Store(named, null);
        var server = await MariaDbServer.StartNewAsync(new MariaDbServerOptions { FlushLogAtCommit = 1 }, cancellationToken);
        return new Store(MySqlPrefix + server.ConnectionString, server);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}
