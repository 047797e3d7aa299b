using Scheduler.RouteEmitter.Emission;
using Scheduler.RouteEmitter.Routing;
using static Scheduler.Tests.Unit.RouteEmitter.RouteSamples;

namespace Scheduler.Tests.Unit.RouteEmitter.Emission;

public class UnregistrationMemoryTests
{
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);

    private readonly RoutingTable _table = new();
    private readonly Registration _one = new(Http("a.com"), Instance(0).Endpoints[0]);

    [Fact]
    public void Sends_as_often_as_asked_and_then_forgets()
    {
        var memory = new UnregistrationMemory(10, Kept);
        Assert.True(memory.Remember(_one, 2, TimeSpan.Zero));
        Assert.Equal([_one], Take(memory));
        Assert.Equal([_one], Take(memory));
        Assert.Empty(Take(memory, Kept));
        Assert.Equal(0, memory.Count);
    }

    [Fact]
    public void A_router_that_begins_to_listen_is_told_everything_for_a_while()
    {
        var memory = new UnregistrationMemory(10, Kept);
        memory.Remember(_one, 0, TimeSpan.Zero);
        Assert.Empty(Take(memory));
        Assert.Equal([_one], Take(memory, everything: true));
        Assert.Equal([_one], Take(memory, Kept - TimeSpan.FromSeconds(1), everything: true));
        Assert.Empty(Take(memory, Kept, everything: true));
    }

    [Fact]
    public void What_may_be_lost_is_repeated()
    {
        var memory = new UnregistrationMemory(10, Kept);
        memory.Remember(_one, 0, TimeSpan.Zero);
        memory.Owe(2);
        Assert.Equal([_one], Take(memory));
        Assert.Equal([_one], Take(memory));
        Assert.Empty(Take(memory));
    }

    [Fact]
    public void Old_ones_make_room()
    {
        var memory = new UnregistrationMemory(1, Kept);
        memory.Remember(_one, 0, TimeSpan.Zero);
        var other = new Registration(Http("b.com"), _one.Endpoint);
        Assert.False(memory.Remember(other, 0, Kept - TimeSpan.FromSeconds(1)));
        Assert.True(memory.Remember(other, 0, Kept));
        Assert.Equal([other], Take(memory, Kept, everything: true));
    }

    [Fact]
    public void What_could_not_be_sent_stays_owed()
    {
        var memory = new UnregistrationMemory(10, Kept);
        memory.Remember(_one, 1, TimeSpan.Zero);
        Assert.Equal([_one], Take(memory, areSent: false));
        Assert.Equal([_one], Take(memory, areSent: false));
        Assert.Equal([_one], Take(memory));
        Assert.Empty(Take(memory));
    }

    [Fact]
    public void A_registration_of_the_same_key_ends_the_repetition()
    {
        var memory = new UnregistrationMemory(10, Kept);
        memory.Remember(_one, 20, TimeSpan.Zero);
        _table.SetDesired(Desired(1, 1, Http("a.com")), new RouteChanges());
        _table.SetInstance(Instance(0), new RouteChanges());
        Assert.Empty(Take(memory));
        Assert.Equal(0, memory.Count);
    }

    [Fact]
    public void Is_bounded_and_says_so()
    {
        var memory = new UnregistrationMemory(1, Kept);
        Assert.True(memory.Remember(_one, 20, TimeSpan.Zero));
        Assert.False(memory.Remember(new Registration(Http("b.com"), _one.Endpoint), 20, TimeSpan.Zero));
        Assert.True(memory.Remember(_one, 20, TimeSpan.Zero));
    }

    private List<Registration> Take(UnregistrationMemory memory, TimeSpan now = default, bool areSent = true, bool everything = false)
    {
        var due = new List<Registration>();
        memory.List(everything, _table, now, due);
        if (areSent)
        {
            foreach (var registration in due)
                memory.Sent(registration);
        }

        return due;
    }
}
