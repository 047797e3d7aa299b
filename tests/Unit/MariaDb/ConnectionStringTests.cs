using Scheduler.MariaDb;

namespace Scheduler.Tests.Unit.MariaDb;

public sealed class ConnectionStringTests
{
    [Fact]
    public void Every_name_of_a_keyword_means_the_same()
    {
        foreach (var text in new[] { "Server=db;User ID=u;pwd=p", "host=db;uid=u;Password=p", "Data Source=db;Username=u;PASSWORD=p" })
        {
            var builder = new MariaDbConnectionStringBuilder(text);
            Assert.Equal("db", builder.Server);
            Assert.Equal("u", builder.UserID);
            Assert.Equal("p", builder.Password);
        }
    }

    [Fact]
    public void Defaults_are_those_of_MySqlConnector()
    {
        var builder = new MariaDbConnectionStringBuilder();
        Assert.Equal("localhost", builder.Server);
        Assert.Equal(3306, builder.Port);
        Assert.Equal(MariaDbSslMode.Preferred, builder.SslMode);
        Assert.Equal(15, builder.ConnectionTimeout);
        Assert.Equal(30, builder.DefaultCommandTimeout);
        Assert.Equal(2, builder.CancellationTimeout);
        Assert.True(builder.Pooling);
        Assert.Equal(0, builder.MinimumPoolSize);
        Assert.Equal(100, builder.MaximumPoolSize);
        Assert.Equal(180, builder.ConnectionIdleTimeout);
        Assert.True(builder.ConnectionReset);
        Assert.False(builder.UseAffectedRows);
        Assert.False(builder.AllowUserVariables);
        Assert.True(builder.TreatTinyAsBoolean);
    }

    [Fact]
    public void What_is_set_is_in_the_string_and_comes_back()
    {
        var builder = new MariaDbConnectionStringBuilder
        {
            Server = "db;1",
            Port = 3307,
            Password = "it's \"odd\"; = ",
            SslMode = MariaDbSslMode.VerifyFull,
            SslCa = "/etc/ca.pem",
            Pooling = false,
            DateTimeKind = MariaDbDateTimeKind.Utc,
        };
        var again = new MariaDbConnectionStringBuilder(builder.ConnectionString);
        Assert.Equal(builder.Server, again.Server);
        Assert.Equal(builder.Port, again.Port);
        Assert.Equal(builder.Password, again.Password);
        Assert.Equal(builder.SslMode, again.SslMode);
        Assert.Equal(builder.SslCa, again.SslCa);
        Assert.False(again.Pooling);
        Assert.Equal(MariaDbDateTimeKind.Utc, again.DateTimeKind);
    }

    [Theory]
    [InlineData("Servr=db", "servr")]
    [InlineData("Server=db;Allow Load Local Infile=true", "allow load local infile")]
    public void An_unknown_keyword_is_named(string text, string keyword)
    {
        var error = Assert.Throws<ArgumentException>(() => new MariaDbConnection(text));
        Assert.Contains($"'{keyword}'", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("Port=0", "Port")]
    [InlineData("Port=65536", "Port")]
    [InlineData("Port=many", "Port")]
    [InlineData("Maximum Pool Size=0", "Maximum Pool Size")]
    [InlineData("Connection Timeout=-1", "Connection Timeout")]
    [InlineData("Pooling=perhaps", "Pooling")]
    [InlineData("SslMode=Always", "SSL Mode")]
    [InlineData("SslMode=7", "SSL Mode")]
    [InlineData("Minimum Pool Size=5;Maximum Pool Size=2", "Minimum Pool Size")]
    [InlineData("SslMode=VerifyCA", "SSL CA")]
    [InlineData("SslCert=/c.pem", "SSL Key")]
    [InlineData("TlsVersion=TLS 1.0", "TLS Version")]
    public void A_wrong_value_is_refused_and_its_keyword_named(string text, string keyword) =>
        Assert.Contains(keyword, Assert.Throws<ArgumentException>(() => new MariaDbConnection("Server=db;" + text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("Server=/run/mysqld.sock", true)]
    [InlineData("Server=/run/mysqld.sock;Protocol=Unix", true)]
    [InlineData("Server=relative.sock;Connection Protocol=UnixSocket", true)]
    [InlineData("Server=db;Protocol=tcp", false)]
    [InlineData("Server=db", false)]
    public void A_path_is_a_unix_socket(string text, bool unix) => Assert.Equal(unix, new ConnectionSettings(text).IsUnixSocket);

    [Fact]
    public void The_password_is_shown_only_when_asked_for()
    {
        Assert.DoesNotContain("secret", new ConnectionSettings("Server=db;Password=secret").DisplayString, StringComparison.Ordinal);
        Assert.Contains("secret", new ConnectionSettings("Server=db;Password=secret;Persist Security Info=true").DisplayString, StringComparison.Ordinal);
    }
}
