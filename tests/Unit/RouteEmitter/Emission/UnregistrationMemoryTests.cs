using Scheduler.RouteEmitter.Emission;
using Scheduler.RouteEmitter.Routing;
using static Scheduler.Tests.Unit.RouteEmitter.RouteSamples;

namespace Scheduler.Tests.Unit.RouteEmitter.Emission;

public class UnregistrationMemoryTests
{
    private readonly RoutingTable _table = new();
    private readonly Registration _one = new(Http("a.com"), Instance(0).Endpoints[0]);

    [Fact]
    public void Sends_as_often_as_asked_and_then_forgets()
    {
        var memory = new UnregistrationMemory(10);
        Assert.True(memory.Remember(_one, 2));
        Assert.Equal([_one], Take(memory));
        Assert.Equal([_one], Take(memory));
        Assert.Empty(Take(memory));
        Assert.Equal(0, memory.Count);
    }

    [Fact]
    public void What_could_not_be_sent_stays_owed()
    {
        var memory = new UnregistrationMemory(10);
        memory.Remember(_one, 1);
        Assert.Equal([_one], Take(memory, areSent: false));
        Assert.Equal([_one], Take(memory, areSent: false));
        Assert.Equal([_one], Take(memory));
        Assert.Empty(Take(memory));
    }

    [Fact]
    public void A_registration_of_the_same_key_ends_the_repetition()
    {
        var memory = new UnregistrationMemory(10);
        memory.Remember(_one, 20);
        _table.SetDesired(Desired(1, 1, Http("a.com")), new RouteChanges());
        _table.SetInstance(Instance(0), new RouteChanges());
        Assert.Empty(Take(memory));
        Assert.Equal(0, memory.Count);
    }

    [Fact]
    public void Is_bounded_and_says_so()
    {
        var memory = new UnregistrationMemory(1);
        Assert.True(memory.Remember(_one, 20));
        Assert.False(memory.Remember(new Registration(Http("b.com"), _one.Endpoint), 20));
        Assert.True(memory.Remember(_one, 20));
    }

    private List<Registration> Take(UnregistrationMemory memory, bool areSent = true)
    {
        var due = new List<Registration>();
        memory.List(_table, due);
        if (areSent)
        {
            foreach (var registration in due)
                memory.Sent(registration);
        }

        return due;
    }
}
