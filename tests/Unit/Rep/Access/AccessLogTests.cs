using Scheduler.Rep.Access;

namespace Scheduler.Tests.Unit.Rep.Access;

public sealed class AccessLogTests
{
    [Fact]
    public void What_a_client_sent_cannot_begin_a_line_of_its_own()
    {
        Assert.Equal("sh -c ?Access: root??[31m", AccessLog.Shown("sh -c \nAccess: root\r\e[31m"));
        Assert.Equal(501, AccessLog.Shown(new string('x', 10_000)).Length);
    }
}
