using Scheduler.Tests.TestKit.MariaDb;

namespace Scheduler.Bench.Commands.Parts;

/// <summary>Where the BBS keeps its state: a MariaDB server of the benchmark's own, or what its user names.</summary>
internal sealed class Store : IAsyncDisposable
{
    private const string MySqlPrefix = "mysql:";
    private readonly MariaDbServer? _server;

    private Store(string url, MariaDbServer? server) => (Url, _server) = (url, server);

    /// <summary>As <c>--store</c> of the BBS takes it.</summary>
    public string Url { get; }

    /// <summary>Of the server, whose counters can be read; null for an embedded store.</summary>
    public string? MySqlConnectionString => Url.StartsWith(MySqlPrefix, StringComparison.Ordinal) ? Url[MySqlPrefix.Length..] : null;

    /// <param name="named">Null: a new server, durable as in production, which goes with this object.</param>
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
