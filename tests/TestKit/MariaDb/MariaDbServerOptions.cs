namespace Scheduler.Tests.TestKit.MariaDb;

/// <summary>Options of a MariaDB server for a test.</summary>
public sealed class MariaDbServerOptions
{
    /// <summary>The database that exists once the server is up; utf8mb4 with a binary collation.</summary>
    public string Database { get; init; } = "scheduler";

    /// <summary>
    /// innodb_flush_log_at_trx_commit. 0 is fastest; 1 makes a commit survive <see cref="MariaDbServer.KillAsync"/> of the whole machine, 2
    /// of the server only.
    /// </summary>
    public int FlushLogAtCommit { get; init; } = 2;

    /// <summary>max_allowed_packet in megabytes: a statement with a blob of 16 MB does not fit the server's default of 16.</summary>
    public int MaxAllowedPacketMb { get; init; } = 64;

    /// <summary>max_connections of the server.</summary>
    public int MaxConnections { get; init; } = 200;

    /// <summary>Certificates for TLS; null for no TLS.</summary>
    public MariaDbTestCertificates? Tls { get; init; }

    /// <summary>Additional mariadbd options, as on its command line; they override the fixture's own.</summary>
    public IReadOnlyList<string> ExtraArguments { get; init; } = [];

    /// <summary>Additional statements to run at every start of the server (one per line), such as users and grants.</summary>
    public IReadOnlyList<string> InitStatements { get; init; } = [];
}
