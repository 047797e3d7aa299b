using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Auctioneer;
using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Auctioneer.Bidding;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Auction;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Auctioneer.Bidding;

/// <summary>The count covers the whole process, so no other test may run at the same time.</summary>
[CollectionDefinition("Lock contention", DisableParallelization = true)]
[Collection("Lock contention")]
public sealed class LockContentionTests
{
    private const int MaxRounds = 5;
    private const int Producers = 4;
    private const int OffersEach = 2_000;
    private const int WorkPerOffer = 5;
    private const int Total = Producers * OffersEach * WorkPerOffer;

    /// <summary>
    /// A round occasionally counts one contention, with any channel, for an unknown reason. A lock on the path would count in every round,
    /// so the best of several rounds is used.
    /// </summary>
    [Fact]
    public async Task Producers_cells_and_the_loop_never_wait_for_a_lock()
    {
        var contended = long.MaxValue;
        for (var round = 0; round < MaxRounds && contended > 0; round++)
            contended = Math.Min(contended, await RunAsync(new LockFreeChannel<BiddingMessage>(256)));
        Assert.Equal(0, contended);
    }

    /// <returns>How often a thread waited for a lock meanwhile.</returns>
    private static async Task<long> RunAsync(Channel<BiddingMessage> messages)
    {
        var all = new AllTaken();
        var cells = Enumerable
            .Range(0, 8)
            .Select(i => new CellLoop(
                new ModelCell($"cell-{i}", $"z{i % 3}", new Resources(1_000_000, 1_000_000, 100_000)),
                messages.Writer,
                all
            ))
            .ToArray();
        var ports = new Ports(cells.ToDictionary(cell => cell.Id));
        var engine = new AuctionEngine(AuctionRules.Default);
        var loop = new BiddingLoop(
            engine,
            messages.Reader,
            ports,
            new AuctioneerOptions { StartsPerCellPerSecond = 0 },
            TimeProvider.System,
            NullLogger<BiddingLoop>.Instance
        );
        using var stop = new CancellationTokenSource();
        var running = new List<Task> { Task.Run(() => loop.RunAsync(messages.Writer, stop.Token)) };
        running.AddRange(cells.Select(cell => Task.Run(() => cell.RunAsync(stop.Token))));
        await messages.Writer.WriteAsync(new BiddingMessage.Expected([.. cells.Select(cell => cell.Id)]));

        var before = Monitor.LockContentionCount;
        var producing = Enumerable
            .Range(0, Producers)
            .Select(producer => Task.Run(() => ProduceAsync(producer, messages.Writer)))
            .ToArray();
        await all.Reached.WaitAsync(Wait.Patience);
        var contended = Monitor.LockContentionCount - before;

        await Task.WhenAll(producing);
        await Wait.UntilAsync(() => loop is { Waiting: 0, InFlight: 0, Queued: 0 });
        await stop.CancelAsync();
        foreach (var task in running)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
        Assert.Equal(0, ports.Failures);
        Assert.Equal(Total, cells.Sum(cell => cell.Held));
        return contended;
    }

    private static async Task ProduceAsync(int producer, ChannelWriter<BiddingMessage> loop)
    {
        for (var i = 0; i < OffersEach; i++)
        {
            var work = new WorkItem[WorkPerOffer];
            for (var index = 0; index < work.Length; index++)
                work[index] = new WorkItem(WorkKind.Lrp, $"process-{producer}-{i}", index, "d", new Resources(10, 10, 1), 0, An.AnyLinux);
            await loop.WriteAsync(new BiddingMessage.Offer(work));
        }
    }

    private sealed class CellLoop(ModelCell cell, ChannelWriter<BiddingMessage> loop, AllTaken all)
    {
        private readonly LockFreeChannel<IReadOnlyList<WorkItem>> _inbox = new(Total);

        public CellId Id => cell.Id;

        public int Held => cell.Held.Count;

        public void Send(IReadOnlyList<WorkItem> work) => Assert.True(_inbox.Writer.TryWrite(work));

        public async Task RunAsync(CancellationToken stopping)
        {
            await loop.WriteAsync(cell.Full(), stopping);
            while (await _inbox.Reader.WaitToReadAsync(stopping))
            {
                while (_inbox.Reader.TryRead(out var work))
                {
                    var refused = cell.Perform(work);
                    if (cell.Change() is { } change)
                        await loop.WriteAsync(change, stopping);
                    await loop.WriteAsync(new BiddingMessage.Answer(cell.Id, work, refused, Incarnation: 1, cell.Revision), stopping);
                    all.Add(work.Count - refused.Count);
                }
            }
        }
    }

    private sealed class AllTaken
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _taken;

        public Task Reached => _reached.Task;

        public void Add(int count)
        {
            if (Interlocked.Add(ref _taken, count) == Total)
                _reached.TrySetResult();
        }
    }

    private sealed class Ports(Dictionary<CellId, CellLoop> cells) : IBiddingPorts
    {
        public int Failures { get; private set; }

        public void Send(CellId cell, IReadOnlyList<WorkItem> work) => cells[cell].Send(work);

        public void Resynchronize(CellId cell) => throw new InvalidOperationException($"{cell} skipped a change");

        public void ReportFailure(WorkItem work, string placementError) => Failures++;
    }
}
