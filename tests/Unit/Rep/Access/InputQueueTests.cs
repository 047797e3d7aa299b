using Google.Protobuf;
using Scheduler.Models;
using Scheduler.Rep.Access;

namespace Scheduler.Tests.Unit.Rep.Access;

public sealed class InputQueueTests
{
    private readonly InputQueue _queue = new();
    private readonly List<byte> _taken = [];
    private int _granted;

    [Fact]
    public async Task Input_arrives_in_order_and_is_granted_again_once_taken()
    {
        _queue.Add(ByteString.CopyFromUtf8("one"));
        _queue.Add(ByteString.Empty);
        _queue.Add(ByteString.CopyFromUtf8("two"));
        _queue.Complete();
        await DrainAsync();

        Assert.Equal("onetwo"u8.ToArray(), _taken);
        Assert.Equal(6, _granted);
    }

    [Fact]
    public void More_than_was_granted_is_refused()
    {
        _queue.Add(ByteString.CopyFrom(new byte[InputQueue.Window]));
        var refused = Assert.Throws<DomainException>(() => _queue.Add(ByteString.CopyFrom(1)));
        Assert.Equal(ErrorKind.InvalidRequest, refused.Kind);
    }

    [Fact]
    public async Task What_was_taken_may_be_sent_again()
    {
        for (var round = 0; round < 3; round++)
            _queue.Add(ByteString.CopyFrom(new byte[InputQueue.Window / 3]));
        _queue.Complete();
        await DrainAsync();
        _queue.Add(ByteString.CopyFrom(new byte[InputQueue.Window]));
    }

    [Fact]
    public async Task A_process_that_closed_its_input_does_not_stop_the_rest()
    {
        _queue.Add(ByteString.CopyFromUtf8("one"));
        _queue.Add(ByteString.CopyFromUtf8("two"));
        _queue.Complete();
        var tries = 0;
        await _queue.DrainAsync(
            _ =>
            {
                tries++;
                throw new IOException("closed");
            },
            GrantAsync,
            CancellationToken.None
        );

        Assert.Equal((1, 6), (tries, _granted));
    }

    private Task DrainAsync() =>
        _queue.DrainAsync(
            piece =>
            {
                _taken.AddRange(piece.Span);
                return Task.CompletedTask;
            },
            GrantAsync,
            CancellationToken.None
        );

    private Task GrantAsync(int bytes)
    {
        _granted += bytes;
        return Task.CompletedTask;
    }
}
