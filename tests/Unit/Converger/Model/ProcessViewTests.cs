using Scheduler.Converger.Model;
using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.Unit.Converger.Model;

public sealed class ProcessViewTests
{
    [Fact]
    public void Holds_what_was_put_and_names_every_slot_that_is_wanted_or_has_a_row()
    {
        for (var seed = 0; seed < TestScale.Cases(12, nightly: 400); seed++)
        {
            var random = new Random(seed);
            var (view, mirror) = (new ProcessView("web"), new SortedDictionary<int, ActualView>());
            for (var step = 0; step < 300; step++)
            {
                if (random.Next(20) == 0)
                    view.Desired = random.Next(4) == 0 ? null : View.Desired("web", random.Next(60));
                // Ranges come and go, as in a scale up and down; now and then a single index, valid or not.
                var (from, count) = random.Next(5) == 0 ? (random.Next(-3, 200), 1) : (random.Next(60), random.Next(40));
                var row = random.Next(2) == 0 ? View.Unclaimed("web", from) : null;
                for (var index = from; index < from + count; index++)
                {
                    Assert.Equal(mirror.GetValueOrDefault(index), view.Set(index, LrpPresence.Ordinary, row));
                    if (row is null)
                        mirror.Remove(index);
                    else
                        mirror[index] = row;
                }
                var expected = mirror.Keys.Union(Enumerable.Range(0, view.Desired?.Instances ?? 0)).Order().ToList();
                var seen = new List<SlotView>();
                foreach (var slot in view)
                    seen.Add(slot);
                Assert.Equal(expected, seen.Select(slot => slot.Key.Index));
                Assert.All(seen, slot => Assert.Same(mirror.GetValueOrDefault(slot.Key.Index), slot.Ordinary));
                Assert.All(seen, slot => Assert.Equal(slot, view.Slot(slot.Key.Index)));
                var first = random.Next(-5, 70);
                var later = new List<int>();
                foreach (var slot in view.From(first))
                    later.Add(slot.Key.Index);
                Assert.Equal(expected.Where(index => index >= first), later);
                Assert.Equal(view.Desired is null && mirror.Count == 0, view.IsEmpty);
            }
        }
    }
}
