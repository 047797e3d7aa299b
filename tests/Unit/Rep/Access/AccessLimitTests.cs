using Scheduler.Models;
using Scheduler.Rep.Access;

namespace Scheduler.Tests.Unit.Rep.Access;

public sealed class AccessLimitTests
{
    private readonly AccessLimit _limit = new("commands", 2, "max-of-one", 3, "max-of-all");

    [Fact]
    public void A_container_and_the_cell_have_limits_that_the_refusal_names()
    {
        _limit.Enter("a", "web/0");
        _limit.Enter("a", "web/0");
        Assert.Equal("web/0 has 2 commands, as many as --max-of-one allows", Refusal("a", "web/0"));
        _limit.Enter("b", "web/1");
        Assert.Equal("the cell has 3 commands, as many as --max-of-all allows", Refusal("c", "web/2"));
    }

    [Fact]
    public void A_place_is_free_again_once_however_often_it_is_left()
    {
        var place = _limit.Enter("a", "web/0");
        _limit.Enter("a", "web/0");
        place.Dispose();
        place.Dispose();
        _limit.Enter("a", "web/0");
        Refusal("a", "web/0");
    }

    [Fact]
    public void None_can_be_allowed() =>
        Assert.Equal(
            ErrorKind.Overloaded,
            Assert.Throws<DomainException>(() => new AccessLimit("commands", 0, "a", 9, "b").Enter("a", "web/0")).Kind
        );

    private string Refusal(string guid, string name) => Assert.Throws<DomainException>(() => _limit.Enter(guid, name)).Message;
}
