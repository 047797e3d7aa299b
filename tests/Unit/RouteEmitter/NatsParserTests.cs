using System.Buffers;
using System.Text;
using Scheduler.RouteEmitter.Nats;

namespace Scheduler.Tests.Unit.RouteEmitter;

public class NatsParserTests
{
    [Theory]
    [InlineData("PING\r\n", "Ping", "", "")]
    [InlineData("PONG\r\nPING\r\n", "Pong", "", "")]
    [InlineData("+OK\r\n", "Ok", "", "")]
    [InlineData("-ERR 'Authorization Violation'\r\n", "Error", "Authorization Violation", "")]
    [InlineData("INFO {\"server_id\":\"x y\"}\r\n", "Info", "{\"server_id\":\"x y\"}", "")]
    [InlineData("MSG router.start 3 5\r\nhello\r\n", "Message", "router.start", "hello")]
    [InlineData("MSG a.b 3 reply.to 0\r\n\r\n", "Message", "a.b", "")]
    [InlineData("msg a\t3\t4\r\n\r\n\r\n\r\n", "Message", "a", "\r\n\r\n")]
    public void Reads_what_servers_say(string bytes, string kind, string text, string payload)
    {
        var buffer = Sequence(bytes, 1000);
        Assert.True(NatsParser.TryRead(ref buffer, out var frame));
        Assert.Equal((kind, text, payload), (frame.Kind.ToString(), frame.Text, Encoding.UTF8.GetString(frame.Payload.Span)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Does_not_care_how_bytes_are_cut(int pieceLength)
    {
        const string Bytes = "INFO {}\r\nMSG s 0 11\r\nhello\r\nyou!\r\nPING\r\n";
        for (var arrived = 0; arrived <= Bytes.Length; arrived++)
        {
            var buffer = Sequence(Bytes[..arrived], pieceLength);
            var kinds = new List<NatsFrameKind>();
            while (NatsParser.TryRead(ref buffer, out var frame))
                kinds.Add(frame.Kind);
            Assert.Equal(arrived == Bytes.Length ? 3 : arrived >= Bytes.Length - 6 ? 2 : arrived >= 9 ? 1 : 0, kinds.Count);
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n")]
    [InlineData("MSG a\r\n")]
    [InlineData("MSG a x 5\r\nhello\r\n")]
    [InlineData("MSG a 1 -5\r\nhello\r\n")]
    [InlineData("MSG a 1 99999999999\r\n")]
    [InlineData("MSG a 1 3\r\nhello\r\n")]
    public void Refuses_what_is_not_nats(string bytes)
    {
        var buffer = Sequence(bytes, 1000);
        Assert.Throws<NatsException>(() => NatsParser.TryRead(ref buffer, out _));
    }

    [Fact]
    public void Does_not_gather_an_endless_line()
    {
        var buffer = Sequence(new string('x', 70_000), 4096);
        Assert.Throws<NatsException>(() => NatsParser.TryRead(ref buffer, out _));
    }

    private static ReadOnlySequence<byte> Sequence(string text, int pieceLength)
    {
        var first = new Piece(ReadOnlyMemory<byte>.Empty, null);
        var last = first;
        foreach (var piece in Encoding.UTF8.GetBytes(text).Chunk(pieceLength))
            last = new Piece(piece, last);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, Piece? previous)
        {
            Memory = memory;
            if (previous is null)
                return;
            previous.Next = this;
            RunningIndex = previous.RunningIndex + previous.Memory.Length;
        }
    }
}
