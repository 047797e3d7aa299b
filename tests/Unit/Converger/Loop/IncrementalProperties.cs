using Scheduler.Converger.Loop;
using Scheduler.Converger.Rules;
using Scheduler.Converger.Rules.Cells;
using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.Unit.Converger.Loop;

/// <summary>Deciding incrementally on changes gives the same result as deciding on everything at every moment.</summary>
public sealed class IncrementalProperties
{
    private const int StepsPerRun = 150;

    [Fact]
    public void Steps_miss_nothing_that_an_audit_would_find()
    {
        for (var seed = 0; seed < TestScale.Cases(50, nightly: 1_500); seed++)
            Run(seed);
    }

    private static void Run(int seed)
    {
        var random = new RandomCluster(seed);
        var mirror = new Cluster();
        var engine = new ConvergerEngine(Convergence.Default, ConvergenceTimings.Default, CellLossPolicy.Default, TimeSpan.FromSeconds(45));
        engine.Reset(mirror.Now);
        for (var step = 0; step < StepsPerRun; step++)
        {
            for (var changes = random.Random.Next(4); changes > 0; changes--)
                Change(random, mirror, engine);
            // A broken stream: sent commands may be sent again.
            if (random.Random.Next(20) == 0)
                engine.ForgetSent();
            if (random.Random.Next(2) == 0)
                mirror.Now += TimeSpan.FromMilliseconds(random.Random.Next(20_000));

            var outbox = new List<ConvergenceCommand>();
            engine.Step(mirror.Now, int.MaxValue, outbox);
            Assert.Distinct(outbox);
            var missed = new List<ConvergenceCommand>();
            Assert.True(engine.Audit(mirror.Now, missed) == 0, $"seed {seed}, step {step}: missed {string.Join("; ", missed)}");
            Assert.False(engine.NextDue <= mirror.Now, $"seed {seed}, step {step}: something is due after the step");
            AssertSamePicture(mirror, engine, $"seed {seed}, step {step}");
        }
    }

    private static void Change(RandomCluster random, Cluster mirror, ConvergerEngine engine)
    {
        var model = engine.Model;
        switch (random.Random.Next(10))
        {
            case 0:
                var desired = random.Desired(random.Guid());
                mirror.Desire(desired);
                model.Desire(desired);
                break;
            case 1 when random.Random.Next(3) == 0:
                var guid = random.Guid();
                mirror.Desired.Remove(guid);
                model.Undesire(guid);
                break;
            case 2:
                model.CellAppeared(new CellId(random.Cell()));
                break;
            case 3:
                model.CellDisappeared(new CellId(random.Cell()), random.Random.Next(4) == 0, mirror.Now);
                break;
            case 4:
                var expires = mirror.Now + TimeSpan.FromSeconds(random.Random.Next(60));
                mirror.Domains[View.Domain] = expires;
                model.DomainFresh(View.Domain, expires, mirror.Now);
                break;
            case 5 when random.Random.Next(3) == 0:
                mirror.Domains.Remove(View.Domain);
                model.DomainExpired(View.Domain);
                break;
            case 6 when mirror.Rows.Count > 0:
                var gone = mirror.Rows.Values.ElementAt(random.Random.Next(mirror.Rows.Count));
                mirror.Rows.Remove((gone.Key, gone.Presence));
                model.Remove(gone.Key, gone.Presence, gone.Tag, mirror.Now);
                break;
            case 7:
                var task = random.Task($"task-{random.Random.Next(4)}", mirror.Now);
                mirror.With(task);
                model.Put(task, mirror.Now);
                break;
            case 8 when mirror.Tasks.Count > 0:
                var deleted = mirror.Tasks.Keys.ElementAt(random.Random.Next(mirror.Tasks.Count));
                mirror.Tasks.Remove(deleted);
                model.RemoveTask(deleted, mirror.Now);
                break;
            default:
                var row = random.Row(random.Guid(), random.Random.Next(5), mirror.Now);
                mirror.With(row);
                model.Put(row, mirror.Now);
                break;
        }
    }

    private static void AssertSamePicture(Cluster mirror, ConvergerEngine engine, string where)
    {
        mirror.Cells.Clear();
        foreach (var (cell, standing) in engine.Model.Cells.Standings)
            mirror.Cells[cell] = standing;
        var context = engine.Model.Around(mirror.Now, ConvergenceTimings.Default);
        var decision = new Decision();
        foreach (var process in engine.Model.Processes)
        {
            foreach (var slot in process)
            {
                Assert.Equal(slot, engine.Model.Slot(slot.Key));
                Convergence.Default.Decide(slot, context, decision);
            }
        }
        foreach (var task in engine.Model.Tasks)
            Convergence.Default.Decide(task, context, decision);
        var expected = mirror.Decide();
        Assert.True(expected.ToHashSet().SetEquals(decision.Commands), $"{where}: the model differs from the events");
        foreach (var row in mirror.Rows.Values.Where(row => row.OnCell))
            Assert.True(engine.Model.Cells.Standings.ContainsKey(row.Instance.CellId), $"{where}: {row.Instance.CellId} is not watched");
    }
}
