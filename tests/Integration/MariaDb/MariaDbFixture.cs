using Scheduler.MariaDb;
using Scheduler.Tests.TestKit.MariaDb;

namespace Scheduler.Tests.Integration.MariaDb;

/// <summary>One server that the tests of the provider share; each works in tables of its own.</summary>
public sealed class MariaDbFixture : IAsyncLifetime
{
    private int _tables;

    public MariaDbServer Server { get; private set; } = null!;

    public MariaDbDataSource Source { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await MariaDbServer.StartNewAsync(new MariaDbServerOptions { FlushLogAtCommit = 0 });
        Source = new MariaDbDataSource(Server.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await Server.DisposeAsync();
    }

    /// <summary>An open connection, with further keywords if given; those connections are not pooled.</summary>
    public async Task<MariaDbConnection> OpenAsync(string keywords = "")
    {
        if (keywords.Length == 0) return await Source.OpenConnectionAsync();
        var connection = new MariaDbConnection($"{Server.ConnectionString};Pooling=false;{keywords}");
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Makes a table with these columns and returns its name.</summary>
    public async Task<string> CreateTableAsync(string columns)
    {
        var name = $"t{Interlocked.Increment(ref _tables)}";
        await using var connection = await OpenAsync();
        await connection.ExecuteAsync($"CREATE TABLE {name} ({columns}) CHARACTER SET utf8mb4");
        return name;
    }
}

[CollectionDefinition(Name)]
public sealed class MariaDbCollection : ICollectionFixture<MariaDbFixture>
{
    public const string Name = "MariaDb";
}
