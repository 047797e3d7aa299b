using System.Threading.Channels;
using Scheduler.Auctioneer.Bidding;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Auctioneer.Bidding;

public sealed class LockFreeChannelTests
{
    [Fact]
    public async Task Nothing_is_lost_and_each_writers_order_kept_when_many_write_at_once()
    {
        const int writers = 4;
        const int each = 20_000;
        Channel<(int Writer, int Number)> channel = new LockFreeChannel<(int, int)>(64);
        var writing = Enumerable
            .Range(0, writers)
            .Select(writer =>
                Task.Run(async () =>
                {
                    for (var i = 0; i < each; i++)
                        await channel.Writer.WriteAsync((writer, i));
                })
            )
            .ToArray();

        var last = new int[writers];
        Array.Fill(last, -1);
        var read = 0;
        while (read < writers * each)
        {
            Assert.True(await channel.Reader.WaitToReadAsync().AsTask().WaitAsync(Wait.Patience));
            while (channel.Reader.TryRead(out var item))
            {
                Assert.Equal(last[item.Writer] + 1, item.Number);
                last[item.Writer] = item.Number;
                read++;
            }
        }

        await Task.WhenAll(writing).WaitAsync(Wait.Patience);
        Assert.Equal(0, channel.Reader.Count);
    }

    [Fact]
    public async Task Takes_no_more_than_its_bound_and_wakes_the_writer_that_waits()
    {
        Channel<int> channel = new LockFreeChannel<int>(2);
        Assert.True(channel.Writer.TryWrite(1));
        Assert.True(channel.Writer.TryWrite(2));
        Assert.False(channel.Writer.TryWrite(3));
        var waiting = channel.Writer.WriteAsync(3).AsTask();
        Assert.False(waiting.IsCompleted);

        Assert.True(channel.Reader.TryRead(out var first));
        await waiting.WaitAsync(Wait.Patience);

        Assert.Equal((1, 2), (first, channel.Reader.Count));
    }

    [Fact]
    public async Task A_waiting_reader_is_woken_by_the_first_item_or_the_end()
    {
        Channel<int> channel = new LockFreeChannel<int>(2);
        var reading = channel.Reader.WaitToReadAsync().AsTask();
        Assert.False(reading.IsCompleted);
        Assert.True(channel.Writer.TryWrite(1));
        Assert.True(await reading.WaitAsync(Wait.Patience));
        Assert.True(channel.Reader.TryRead(out _));

        reading = channel.Reader.WaitToReadAsync().AsTask();
        Assert.True(channel.Writer.TryComplete());
        Assert.False(await reading.WaitAsync(Wait.Patience));
        Assert.False(channel.Writer.TryWrite(2));
    }

    [Fact]
    public async Task Waiting_ends_with_its_token()
    {
        Channel<int> channel = new LockFreeChannel<int>(1);
        using var stop = new CancellationTokenSource();
        var reading = channel.Reader.WaitToReadAsync(stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.True(channel.Writer.TryWrite(1));
        Assert.True(channel.Reader.TryRead(out _));
    }
}
