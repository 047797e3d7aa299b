using Scheduler.Bbs.Storage.MySql;

namespace Scheduler.Tests.Unit.Bbs.Storage.MySql;

public sealed class ServerVersionTests
{
    [Theory]
    [InlineData("8.0.36", false, 8, 0, true)]
    [InlineData("9.1.0-commercial", false, 9, 1, true)]
    [InlineData("5.7.44-log", false, 5, 7, false)]
    [InlineData("10.11.6-MariaDB-0+deb12u1", true, 10, 11, true)]
    [InlineData("5.5.5-10.4.32-MariaDB", true, 10, 4, false)]
    [InlineData("11.4.2-MariaDB", true, 11, 4, true)]
    [InlineData("nonsense", false, 0, 0, false)]
    public void Tells_servers_apart(string text, bool isMariaDb, int major, int minor, bool supported)
    {
        var version = ServerVersion.Parse(text);
        Assert.Equal(new ServerVersion(isMariaDb, major, minor), version);
        Assert.Equal(supported, version.IsSupported);
    }
}
