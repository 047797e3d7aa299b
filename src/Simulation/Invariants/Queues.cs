using Scheduler.Simulation.Clusters;

namespace Scheduler.Simulation.Invariants;

/// <summary>
/// No queue is longer than the work there is. Most queues have a capacity that they cannot exceed, but the expected length is far lower:
/// producers add one entry per object, or wait for a reply before they add the next.
/// </summary>
internal sealed class Queues(SimulatedCluster cluster, ClusterTruth truth, Action<string, string> violated)
{
    public const string Rule = "no queue is longer than its bound";

    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    // Entries of removed work stay queued until they are taken: as long as the consumer can be down, with faults of 60 s at most.
    private const int LooksKept = 48;

    // Concurrent calls of a component beside those for its containers: at most an auctioneer's 16 reports of placement errors.
    private const int CallsOfOnePart = 16;

    // A message may arrive twice, and a call that was given up at its deadline may already have been retried.
    private const int Repeated = 4;

    private readonly Queue<int> _gone = new();
    private int _goneNow;
    private int _goneKept;

    public void Committed(Commit commit)
    {
        foreach (var (before, after) in commit.Actual)
        {
            if (before is not null && (after is null || ClusterTruth.InstanceOf(before) != ClusterTruth.InstanceOf(after)))
                _goneNow++;
        }

        foreach (var (before, after) in commit.Tasks)
        {
            if (before is not null && after is null)
                _goneNow++;
        }
    }

    public void Look()
    {
        Forget();
        // Slots and tasks; a queue holds each at most once.
        var work = truth.ActualLrps.Count + truth.Tasks.Count + _goneKept;
        foreach (var bbs in cluster.Bbses)
            Look(bbs, work);
        foreach (var auctioneer in cluster.Auctioneers)
            Look(auctioneer, work);
        foreach (var rep in cluster.Reps)
        {
            // A container has one step of its own and one of its report; every other caller waits for its reply.
            if (rep is { IsRunning: true, Host.NodeOrNull: { } node })
                Compare(rep, "steps wait", node.Cell.Waiting, Repeated * (rep.Cell.Runtime.Count + CallsOfOnePart));
        }
    }

    private void Look(BbsComponent bbs, int work)
    {
        if (!bbs.IsRunning || bbs.Node?.ActiveOrNull is not { } term)
            return;
        var reports = cluster.Reps.Count * cluster.Settings.Rep().MaxConcurrentReports;
        Compare(bbs, "commands wait", term.Loop.Waiting, Repeated * (reports + (CallsOfOnePart * cluster.Machines.Count)));
        Compare(bbs, "auctions wait to be requested", term.Outbound.AuctionsWaiting, work);
        Compare(bbs, "callbacks wait", term.Outbound.CallbacksWaiting, work);
        // A stop and an update of an instance, or a cancellation.
        Compare(bbs, "calls to reps wait", term.Outbound.Reps.Waiting, 2 * work);
    }

    private void Look(AuctioneerComponent auctioneer, int work)
    {
        if (!auctioneer.IsRunning || auctioneer.Service?.TermOrNull is not { } term)
            return;
        Compare(auctioneer, "starts are undecided or in flight", term.Loop.Waiting + term.Loop.InFlight, work);
        // A cell has at most one burst unanswered; starts that lapsed meanwhile were handed over with the call that the link still waits
        // for.
        Compare(auctioneer, "starts wait for one cell's link", term.MostAtOneLink, 2 * cluster.Settings.Auctioneer().StartBurstPerCell);
    }

    private void Compare(Component part, string what, int waiting, int bound)
    {
        if (waiting > bound)
            violated(Rule, $"{part.Name}: {waiting} {what}; the limit is {bound}");
    }

    private void Forget()
    {
        _gone.Enqueue(_goneNow);
        _goneKept += _goneNow;
        _goneNow = 0;
        if (_gone.Count > LooksKept)
            _goneKept -= _gone.Dequeue();
    }
}
