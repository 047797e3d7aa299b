using Scheduler.Models;

namespace Scheduler.Tests.Unit.Models;

public sealed class FairQueueTests
{
    private readonly FairQueue<string> _queue = new();

    [Fact]
    public void Lanes_take_turns_and_keep_their_own_order()
    {
        Add("a", 0, 1, 2);
        Add("b", 0, 1);
        Add("c", 0);

        Assert.Equal(["a0", "b0", "c0", "a1", "b1", "a2"], TakeAll());
    }

    [Fact]
    public void A_lane_that_comes_later_does_not_wait_for_what_others_brought_before()
    {
        Add("loud", [.. Enumerable.Range(0, 1_000)]);
        Take(100);
        Add("quiet", 0);

        Assert.Contains("quiet0", Take(2));
    }

    [Fact]
    public void Repeats_get_one_turn_in_five_while_others_wait_and_all_otherwise()
    {
        Add("new", [.. Enumerable.Range(0, 8)]);
        for (var i = 0; i < 4; i++)
            _queue.Add("crashing", repeats: true, $"crashing{i}");

        Assert.Equal(
            ["new0", "new1", "new2", "new3", "crashing0", "new4", "new5", "new6", "new7", "crashing1", "crashing2", "crashing3"],
            TakeAll()
        );
    }

    [Fact]
    public void A_process_may_wait_with_first_items_and_repeats_at_once()
    {
        _queue.Add("a", repeats: true, "again");
        _queue.Add("a", repeats: false, "first");

        Assert.Equal(["first", "again"], TakeAll());
        Assert.Equal(0, _queue.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Nothing_is_lost_or_doubled_and_every_lane_is_served_in_time_whatever_the_others_do(ulong seed)
    {
        var random = new SeededRandom(seed);
        var waiting = new Dictionary<(string Lane, bool Repeats), Queue<(string Item, int Since)>>();
        var taken = 0;
        for (var step = 0; step < 20_000; step++)
        {
            // Few lanes bring most, as a crash loop does.
            var lane = $"lane-{(random.Percent(50) ? 0 : random.Next(40))}";
            var repeats = random.Percent(40);
            if (random.Percent(step < 15_000 ? 55 : 20))
            {
                var item = $"{lane} {step}";
                _queue.Add(lane, repeats, item);
                if (!waiting.TryGetValue((lane, repeats), out var mine))
                    waiting[(lane, repeats)] = mine = new();
                mine.Enqueue((item, mine.Count == 0 ? taken : -1));
            }
            else if (_queue.TryTake(out var item))
            {
                taken++;
                var (key, mine) = waiting.Single(other => other.Value.TryPeek(out var first) && first.Item == item);
                var (_, since) = mine.Dequeue();
                // 40 lanes of each kind at most: 5⁄4 of 40 turns for first items, 5 × 40 for repeats, and what is under way.
                Assert.InRange(taken - since, 1, key.Repeats ? 205 : 55);
                if (mine.Count > 0)
                    waiting[key] = new(mine.Select((next, i) => (next.Item, i == 0 ? taken : -1)));
            }

            Assert.Equal(waiting.Values.Sum(lane => lane.Count), _queue.Count);
        }
    }

    private void Add(string lane, params int[] items)
    {
        foreach (var item in items)
            _queue.Add(lane, repeats: false, $"{lane}{item}");
    }

    private List<string> Take(int count)
    {
        var items = new List<string>();
        while (items.Count < count && _queue.TryTake(out var item))
            items.Add(item);
        return items;
    }

    private List<string> TakeAll() => Take(int.MaxValue);
}
