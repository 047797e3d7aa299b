using System.Threading.Channels;
using BenchmarkDotNet.Attributes;
using Scheduler.Auctioneer.Bidding;
using Scheduler.Models;

namespace Scheduler.Bench.Micro.Auction;

/// <summary>
/// The queue of the bidding loop against the framework's bounded channel: what a message costs from its writer to the reader, and how often
/// somebody waits for a lock on the way. The writers are calls and cell links, the reader is the loop.
/// </summary>
[MemoryDiagnoser]
[ThreadingDiagnoser]
public class BiddingQueueBenchmarks
{
    private const int Messages = 192_000;

    // One for all: what is allocated is the queue's.
    private static readonly BiddingMessage Message = new BiddingMessage.Gone(new CellId("cell-1"));

    [Params(1, 4, 16)]
    public int Writers { get; set; }

    /// <summary>The small one is full most of the time, the other is the auctioneer's default.</summary>
    [Params(256, 65_536)]
    public int Capacity { get; set; }

    [Benchmark(Baseline = true, OperationsPerInvoke = Messages)]
    public Task<int> Framework() =>
        PassAsync(Channel.CreateBounded<BiddingMessage>(new BoundedChannelOptions(Capacity) { SingleReader = true }));

    [Benchmark(OperationsPerInvoke = Messages)]
    public Task<int> LockFree() => PassAsync(new LockFreeChannel<BiddingMessage>(Capacity));

    private async Task<int> PassAsync(Channel<BiddingMessage> queue)
    {
        var writing = Enumerable.Range(0, Writers).Select(_ => Task.Run(() => WriteAsync(queue.Writer))).ToArray();
        var read = await Task.Run(() => ReadAsync(queue.Reader));
        await Task.WhenAll(writing);
        return read;
    }

    private async Task WriteAsync(ChannelWriter<BiddingMessage> writer)
    {
        for (var i = 0; i < Messages / Writers; i++)
            await writer.WriteAsync(Message);
    }

    private static async Task<int> ReadAsync(ChannelReader<BiddingMessage> reader)
    {
        var read = 0;
        while (read < Messages && await reader.WaitToReadAsync())
        {
            while (reader.TryRead(out _))
                read++;
        }

        return read;
    }
}
