using MySqlConnector;
using Scheduler.Bbs.Storage.MySql;
using Scheduler.Models;

namespace Scheduler.Tests.Unit.Bbs.Storage.MySql;

public sealed class MySqlConnectionStringTests
{
    private const string Good = "Server=db;User ID=bbs;Password=s3cr3t;Database=bbs";

    [Theory]
    [InlineData("Server=db;User ID=bbs;Password=s3cr3t;Database=bbs")]
    [InlineData("host=db;uid=bbs;pwd=s3cr3t;Initial Catalog=bbs")]
    [InlineData("Data Source=db;Username=bbs;PASSWORD='s3cr3t';DATABASE=bbs")]
    public void Every_name_of_a_keyword_means_the_same(string text)
    {
        var read = MySqlConnectionString.Parse(text);
        Assert.Equal(("db", "bbs", "s3cr3t", "bbs"), (read.Server, read.UserID, read.Password, read.Database));
    }

    [Fact]
    public void What_is_not_named_has_a_default_that_ends_every_wait()
    {
        var read = MySqlConnectionString.Parse("Database=bbs");
        Assert.Equal(("localhost", 3306u, MySqlSslMode.Preferred), (read.Server, read.Port, read.SslMode));
        Assert.Equal((15u, 30u, 2), (read.ConnectionTimeout, read.DefaultCommandTimeout, read.CancellationTimeout));
    }

    [Fact]
    public void What_is_set_is_kept()
    {
        var read = MySqlConnectionString.Parse(
            Good
                + ";Port=3307;SslMode=VerifyFull;SslCa=/etc/ca.pem;SslCert=/c.pem;SslKey=/k.pem;TlsVersion=TLS 1.3;Connection Timeout=3;Default Command Timeout=5;Cancellation Timeout=4;Keepalive=10;UseCompression=true"
        );
        Assert.Equal((3307u, MySqlSslMode.VerifyFull, "/etc/ca.pem"), (read.Port, read.SslMode, read.SslCa));
        Assert.Equal((3u, 5u, 4, 10u), (read.ConnectionTimeout, read.DefaultCommandTimeout, read.CancellationTimeout, read.Keepalive));
        Assert.True(read.UseCompression);
    }

    [Fact]
    public void What_the_store_relies_on_is_its_own()
    {
        var read = MySqlConnectionString.Parse(
            Good
                + ";Pooling=true;IgnorePrepare=true;IgnoreCommandTransaction=false;AutoEnlist=true;GuidFormat=Char36;Persist Security Info=true"
        );
        Assert.False(read.Pooling || read.IgnorePrepare || read.AutoEnlist || read.PersistSecurityInfo);
        Assert.True(read.IgnoreCommandTransaction);
        Assert.Equal(MySqlGuidFormat.None, read.GuidFormat);
    }

    [Theory]
    [InlineData("SslCa=/ca.pem", MySqlSslMode.VerifyCA)]
    [InlineData("SslCa=/ca.pem;SslMode=Preferred", MySqlSslMode.VerifyCA)]
    [InlineData("SslCa=/ca.pem;SslMode=Required", MySqlSslMode.VerifyCA)]
    [InlineData("SslCa=/ca.pem;SslMode=VerifyFull", MySqlSslMode.VerifyFull)]
    [InlineData("SslCa=/ca.pem;SslMode=None", MySqlSslMode.None)]
    [InlineData("SslMode=Required", MySqlSslMode.Required)]
    public void An_authority_that_is_named_is_checked(string keywords, MySqlSslMode mode) =>
        Assert.Equal(mode, MySqlConnectionString.Parse($"{Good};{keywords}").SslMode);

    [Theory]
    [InlineData("Servr=db", "Servr")]
    [InlineData("Port=many", "Port")]
    [InlineData("Port=-1", "Port")]
    [InlineData("Maximum Pool Size=lots", "Maximum Pool Size")]
    [InlineData("Pooling=perhaps", "Pooling")]
    [InlineData("SslMode=Always", "SslMode")]
    [InlineData("SslMode=7", "SslMode")]
    [InlineData("Cancellation Timeout=-5", "Cancellation Timeout")]
    [InlineData("TlsVersion=SSL 3", "TlsVersion")]
    [InlineData("Default Command Timeout=0", "Default Command Timeout")]
    [InlineData("Connection Timeout=0", "Connection Timeout")]
    [InlineData("Cancellation Timeout=0", "Cancellation Timeout")]
    [InlineData("Database=", "Database")]
    [InlineData("Port", "KEYWORD=VALUE")]
    [InlineData("Password=it's;\"odd", "quote a value")]
    public void What_is_not_taken_is_named_and_no_value_told(string keywords, string named)
    {
        var error = Assert
            .Throws<DomainException>(() =>
                MySqlBbsStore.CreateDataSource(new MySqlStoreOptions { ConnectionString = $"{Good};{keywords}" })
            )
            .Error;
        var violation = Assert.Single(error.Violations);
        Assert.Equal("store", violation.Field);
        Assert.Contains(named, violation.Rule, StringComparison.OrdinalIgnoreCase);
        foreach (var value in new[] { "s3cr3t", "many", "lots", "perhaps", "Always", "odd" })
            Assert.DoesNotContain(value, violation.Rule, StringComparison.Ordinal);
    }
}
