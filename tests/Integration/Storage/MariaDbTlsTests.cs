using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Bbs.Storage;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Bbs.Storage.MySql;
using Scheduler.Tests.TestKit.MariaDb;

namespace Scheduler.Tests.Integration.Storage;

/// <summary>Which servers the store trusts, and whether its connections are encrypted.</summary>
public sealed class MariaDbTlsTests(MariaDbTlsTests.TlsServer tls) : IClassFixture<MariaDbTlsTests.TlsServer>
{
    /// <summary>The server accepts only encrypted connections: if the store works, its connection is encrypted.</summary>
    private const string Encrypted = "User ID=encrypted;Password=encrypted";

    [Theory]
    [InlineData("SslMode=Preferred")]
    [InlineData("SslMode=Required")]
    [InlineData("SslMode=Required;SslCa={ca}")]
    [InlineData("SslMode=VerifyCA;SslCa={ca}")]
    [InlineData("SslMode=VerifyFull;SslCa={ca}")]
    [InlineData("SslCa={ca}")]
    [InlineData("SslMode=VerifyFull;SslCa={ca};TlsVersion=TLS 1.2")]
    public async Task The_connection_is_encrypted(string keywords) =>
        await WorksAsync(tls.Server, $"{Encrypted};{With(keywords, tls.Server.CertificateDirectory)}");

    [Fact]
    public async Task Without_tls_a_user_that_needs_it_is_refused() =>
        Assert.Contains("rejected the user", await FailsAsync(tls.Server, $"{Encrypted};SslMode=None"), StringComparison.Ordinal);

    [Theory]
    [InlineData("SslMode=Preferred;SslCa={ca}")]
    [InlineData("SslMode=Required;SslCa={ca}")]
    [InlineData("SslMode=VerifyCA;SslCa={ca}")]
    [InlineData("SslMode=VerifyFull;SslCa={ca}")]
    public async Task A_server_of_another_authority_is_refused(string keywords) =>
        Assert.Contains(
            "certificate",
            await FailsAsync(tls.Server, With(keywords, tls.OtherAuthority)),
            StringComparison.OrdinalIgnoreCase
        );

    [Fact]
    public async Task A_self_made_certificate_is_refused_when_only_the_systems_authorities_are_trusted() =>
        Assert.Contains("certificate", await FailsAsync(tls.Server, "SslMode=VerifyFull"), StringComparison.OrdinalIgnoreCase);

    [Fact]
    public async Task A_certificate_for_another_host_is_refused_only_by_the_full_check()
    {
        await using var elsewhere = await MariaDbServer.StartNewAsync(
            new MariaDbServerOptions { Tls = MariaDbTestCertificates.Create("db.example", withLoopback: false) }
        );
        await WorksAsync(elsewhere, With("SslMode=VerifyCA;SslCa={ca}", elsewhere.CertificateDirectory));
        Assert.Contains(
            "certificate",
            await FailsAsync(elsewhere, With("SslMode=VerifyFull;SslCa={ca}", elsewhere.CertificateDirectory)),
            StringComparison.OrdinalIgnoreCase
        );
    }

    [Fact]
    public async Task A_client_certificate_opens_what_needs_one()
    {
        var user = "User ID=certified;Password=certified;" + With("SslMode=VerifyFull;SslCa={ca}", tls.Server.CertificateDirectory);
        Assert.Contains("rejected the user", await FailsAsync(tls.Server, user), StringComparison.Ordinal);
        await WorksAsync(tls.Server, user + With(";SslCert={client-cert};SslKey={client-key}", tls.Server.CertificateDirectory));
        // A certificate of the wrong authority counts as none.
        await FailsAsync(tls.Server, user + With(";SslCert={client-cert};SslKey={client-key}", tls.OtherAuthority));
    }

    [Fact]
    public async Task A_server_without_tls_is_refused_where_tls_is_required()
    {
        await using var plain = await MariaDbServer.StartNewAsync();
        foreach (var mode in new[] { "SslMode=Required", "SslMode=VerifyFull", "SslCa={ca}" })
            Assert.Contains("SSL", await FailsAsync(plain, With(mode, tls.OtherAuthority)), StringComparison.Ordinal);
        await WorksAsync(plain, "SslMode=Preferred");
    }

    [Fact]
    public async Task A_missing_certificate_file_is_named() =>
        Assert.Contains(
            "absent.pem",
            await FailsAsync(tls.Server, "SslMode=VerifyCA;SslCa=" + Path.Combine(tls.OtherAuthority, "absent.pem")),
            StringComparison.Ordinal
        );

    private static string With(string keywords, string directory)
    {
        foreach (var name in new[] { "ca", "client-cert", "client-key" })
            keywords = keywords.Replace($"{{{name}}}", Path.Combine(directory, $"{name}.pem"), StringComparison.Ordinal);
        return keywords;
    }

    private static async Task WorksAsync(MariaDbServer server, string keywords)
    {
        await using var store = Open(server, keywords);
        var attempt = await store.AcquireLeadershipAsync("node-a", "", TimeSpan.FromSeconds(15), default);
        Assert.True(attempt.Acquired);
    }

    /// <returns>The message for the operator.</returns>
    private static async Task<string> FailsAsync(MariaDbServer server, string keywords)
    {
        await using var store = Open(server, keywords);
        return (
            await Assert.ThrowsAsync<StoreException>(() => store.AcquireLeadershipAsync("node-a", "", TimeSpan.FromSeconds(15), default))
        ).Message;
    }

    // The later of two equal keywords wins.
    private static IBbsStore Open(MariaDbServer server, string keywords)
    {
        var plain = server.ConnectionString[..server.ConnectionString.IndexOf(";SslMode", StringComparison.Ordinal)];
        return MySqlBbsStore.Open(
            new MySqlStoreOptions { ConnectionString = $"{plain};{keywords}" },
            StorageKeys.None,
            TimeProvider.System,
            NullLogger.Instance
        );
    }

    /// <summary>A server with a certificate from its own authority, and files of another authority that it does not know.</summary>
    public sealed class TlsServer : IAsyncLifetime
    {
        public MariaDbServer Server { get; private set; } = null!;

        public string OtherAuthority { get; } = Directory.CreateTempSubdirectory("mariadb-ca-").FullName;

        public async ValueTask InitializeAsync()
        {
            MariaDbTestCertificates.Create().WriteTo(OtherAuthority);
            Server = await MariaDbServer.StartNewAsync(
                new MariaDbServerOptions
                {
                    Tls = MariaDbTestCertificates.Create(),
                    InitStatements =
                    [
                        "CREATE USER IF NOT EXISTS 'encrypted'@'%' IDENTIFIED BY 'encrypted' REQUIRE SSL;",
                        "GRANT ALL PRIVILEGES ON *.* TO 'encrypted'@'%';",
                        "CREATE USER IF NOT EXISTS 'certified'@'%' IDENTIFIED BY 'certified' REQUIRE SUBJECT '/CN=scheduler-client';",
                        "GRANT ALL PRIVILEGES ON *.* TO 'certified'@'%';",
                    ],
                }
            );
        }

        public async ValueTask DisposeAsync()
        {
            Directory.Delete(OtherAuthority, recursive: true);
            await Server.DisposeAsync();
        }
    }
}
