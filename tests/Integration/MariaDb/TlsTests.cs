using Scheduler.MariaDb;
using Scheduler.Tests.TestKit.MariaDb;

namespace Scheduler.Tests.Integration.MariaDb;

public sealed class TlsTests(TlsTests.TlsServer tls) : IClassFixture<TlsTests.TlsServer>
{
    [Theory]
    [InlineData(MariaDbSslMode.Preferred)]
    [InlineData(MariaDbSslMode.Required)]
    [InlineData(MariaDbSslMode.VerifyCA)]
    [InlineData(MariaDbSslMode.VerifyFull)]
    public async Task The_connection_is_encrypted_when_the_server_can(MariaDbSslMode mode)
    {
        await using var connection = await OpenAsync(With(mode));
        Assert.StartsWith("TLS", await CipherAsync(connection), StringComparison.Ordinal);
        // More than one TLS record each way.
        var text = new string('ß', 3_000_000);
        Assert.Equal(text, await connection.ScalarAsync("SELECT @t", ("@t", text)));
    }

    [Fact]
    public async Task Without_tls_nothing_is_encrypted()
    {
        await using var connection = await OpenAsync(With(MariaDbSslMode.None));
        Assert.Equal("", await CipherAsync(connection));
    }

    [Fact]
    public async Task A_version_can_be_asked_for()
    {
        var settings = With(MariaDbSslMode.VerifyFull);
        settings.TlsVersion = "TLS 1.2";
        await using var connection = await OpenAsync(settings);
        Assert.Equal("TLSv1.2", await connection.ScalarAsync("SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'Ssl_version'"));
    }

    [Theory]
    [InlineData(MariaDbSslMode.Required)]
    [InlineData(MariaDbSslMode.VerifyCA)]
    [InlineData(MariaDbSslMode.VerifyFull)]
    public async Task A_server_of_another_authority_is_refused(MariaDbSslMode mode)
    {
        var settings = With(mode);
        settings.SslCa = Path.Combine(tls.OtherAuthority, "ca.pem");
        var error = await Assert.ThrowsAsync<MariaDbException>(() => OpenAsync(settings));
        Assert.Equal(MariaDbErrors.TlsError, error.Number);
        Assert.False(error.IsTransient);
    }

    [Fact]
    public async Task A_self_made_certificate_is_refused_when_only_the_systems_authorities_are_trusted()
    {
        var settings = With(MariaDbSslMode.VerifyFull);
        settings.SslCa = "";
        Assert.Equal(MariaDbErrors.TlsError, (await Assert.ThrowsAsync<MariaDbException>(() => OpenAsync(settings))).Number);
    }

    [Fact]
    public async Task A_certificate_for_another_host_is_refused_only_by_the_full_check()
    {
        await using var elsewhere = await MariaDbServer.StartNewAsync(new MariaDbServerOptions { Tls = MariaDbTestCertificates.Create("db.example", withLoopback: false) });
        var settings = new MariaDbConnectionStringBuilder(elsewhere.ConnectionString)
        {
            SslMode = MariaDbSslMode.VerifyCA,
            SslCa = Path.Combine(elsewhere.CertificateDirectory, "ca.pem"),
            Pooling = false,
        };
        await using (var connection = await OpenAsync(settings)) Assert.StartsWith("TLS", await CipherAsync(connection), StringComparison.Ordinal);
        settings.SslMode = MariaDbSslMode.VerifyFull;
        Assert.Equal(MariaDbErrors.TlsError, (await Assert.ThrowsAsync<MariaDbException>(() => OpenAsync(settings))).Number);
    }

    [Fact]
    public async Task A_client_certificate_opens_what_needs_one()
    {
        var settings = With(MariaDbSslMode.VerifyFull);
        settings.UserID = settings.Password = "certified";
        Assert.Equal(MariaDbErrors.AccessDenied, (await Assert.ThrowsAsync<MariaDbException>(() => OpenAsync(settings))).Number);
        settings.SslCert = Path.Combine(tls.Server.CertificateDirectory, "client-cert.pem");
        settings.SslKey = Path.Combine(tls.Server.CertificateDirectory, "client-key.pem");
        await using (var connection = await OpenAsync(settings)) Assert.Equal("certified@%", await connection.ScalarAsync("SELECT CURRENT_USER()"));

        // A certificate of the wrong authority is as good as none.
        settings.SslCert = Path.Combine(tls.OtherAuthority, "client-cert.pem");
        settings.SslKey = Path.Combine(tls.OtherAuthority, "client-key.pem");
        await Assert.ThrowsAsync<MariaDbException>(() => OpenAsync(settings));
    }

    [Fact]
    public async Task A_server_without_tls_is_refused_where_tls_is_required()
    {
        await using var plain = await MariaDbServer.StartNewAsync();
        var settings = new MariaDbConnectionStringBuilder(plain.ConnectionString) { Pooling = false, SslCa = Path.Combine(tls.OtherAuthority, "ca.pem") };
        foreach (var mode in new[] { MariaDbSslMode.Required, MariaDbSslMode.VerifyCA, MariaDbSslMode.VerifyFull })
        {
            settings.SslMode = mode;
            Assert.Equal(MariaDbErrors.TlsError, (await Assert.ThrowsAsync<MariaDbException>(() => OpenAsync(settings))).Number);
        }

        settings.SslMode = MariaDbSslMode.Preferred;
        await using var connection = await OpenAsync(settings);
        Assert.Equal("", await CipherAsync(connection));
    }

    [Fact]
    public async Task A_missing_certificate_file_is_named()
    {
        var settings = With(MariaDbSslMode.VerifyCA);
        settings.SslCa = Path.Combine(tls.OtherAuthority, "absent.pem");
        var error = await Assert.ThrowsAsync<ArgumentException>(() => OpenAsync(settings));
        Assert.Contains("SSL CA", error.Message, StringComparison.Ordinal);
        Assert.Contains("absent.pem", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopping_a_command_works_over_tls()
    {
        await using var connection = await OpenAsync(With(MariaDbSslMode.VerifyFull));
        await using var command = connection.Command("SELECT SLEEP(600)");
        command.CommandTimeout = 1;
        Assert.Equal(MariaDbErrors.CommandTimeoutExpired, (await Assert.ThrowsAsync<MariaDbException>(() => command.ExecuteScalarAsync())).Number);
        Assert.Equal("alive", await connection.ScalarAsync("SELECT 'alive'"));
    }

    private static async Task<MariaDbConnection> OpenAsync(MariaDbConnectionStringBuilder settings)
    {
        var connection = new MariaDbConnection(settings.ConnectionString);
        try
        {
            await connection.OpenAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static async Task<string> CipherAsync(MariaDbConnection connection) =>
        (string)(await connection.ScalarAsync("SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'Ssl_cipher'"))!;

    private MariaDbConnectionStringBuilder With(MariaDbSslMode mode) => new(tls.Server.ConnectionString)
    {
        SslMode = mode,
        SslCa = Path.Combine(tls.Server.CertificateDirectory, "ca.pem"),
        Pooling = false,
    };

    /// <summary>A server with a certificate of its own authority, and files of another authority that it does not know.</summary>
    public sealed class TlsServer : IAsyncLifetime
    {
        public MariaDbServer Server { get; private set; } = null!;

        public string OtherAuthority { get; } = Directory.CreateTempSubdirectory("mariadb-ca-").FullName;

        public async ValueTask InitializeAsync()
        {
            MariaDbTestCertificates.Create().WriteTo(OtherAuthority);
            Server = await MariaDbServer.StartNewAsync(new MariaDbServerOptions
            {
                Tls = MariaDbTestCertificates.Create(),
                InitStatements =
                [
                    "CREATE USER IF NOT EXISTS 'certified'@'%' IDENTIFIED BY 'certified' REQUIRE SUBJECT '/CN=scheduler-client';",
                    "GRANT ALL PRIVILEGES ON *.* TO 'certified'@'%';",
                ],
            });
        }

        public async ValueTask DisposeAsync()
        {
            Directory.Delete(OtherAuthority, recursive: true);
            await Server.DisposeAsync();
        }
    }
}
