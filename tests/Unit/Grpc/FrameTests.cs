using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using Grpc.Core;
using Grpc.Net.Client.Internal;
using Grpc.Wire;

namespace Scheduler.Tests.Unit.Grpc;

public sealed class FrameTests
{
    private const int Limit = 1000;

    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(static (byte[] bytes) => bytes, static bytes => bytes);

    private static readonly Compressor Gzip = CompressionProviders.Default.ForWriting("gzip", null)!;

    [Fact]
    public void Takes_what_was_written_however_it_is_cut()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<byte[]>[]>(), ArbMap.Default.ArbFor<PositiveInt>(), ArbMap.Default.ArbFor<bool>(), static (messages, size, compress) =>
        {
            using var wire = new PooledBuffer();
            foreach (var message in messages)
                MessageWriter.Write(Bytes, message.Get, wire, null, compress ? Gzip : null);
            var buffer = Segments.Cut(wire.Written, size.Get);
            foreach (var message in messages)
            {
                Assert.True(FrameHeader.TryTake(ref buffer, null, out var compressed, out var payload));
                Assert.Equal(message.Get, MessageParser.Parse(Bytes, payload, compressed, "gzip", CompressionProviders.Default, null));
            }

            Assert.True(buffer.IsEmpty);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Random_bytes_end_in_a_message_a_wait_or_a_status_and_nothing_else()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<byte[]>>(), ArbMap.Default.ArbFor<PositiveInt>(), static (bytes, size) =>
        {
            // Low octets first, so that many are headers.
            var input = bytes.Get.Select(static (each, i) => i < 4 ? (byte)(each % 2) : each).ToArray();
            var buffer = Segments.Cut(input, size.Get);
            try
            {
                while (FrameHeader.TryTake(ref buffer, Limit, out var compressed, out var payload))
                    MessageParser.Parse(Bytes, payload, compressed, "gzip", CompressionProviders.Default, Limit);
            }
            catch (RpcException e)
            {
                Assert.True(e.StatusCode is StatusCode.Internal or StatusCode.ResourceExhausted, e.Message);
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public async Task A_response_of_random_bytes_ends_in_messages_or_a_status_and_nothing_else()
    {
        var random = new Random(20_261_121);
        for (var round = 0; round < 2000; round++)
        {
            var input = new byte[random.Next(200)];
            random.NextBytes(input);
            for (var i = 0; i + 4 < input.Length; i += random.Next(5, 40))
                (input[i], input[i + 1], input[i + 2], input[i + 3]) = ((byte)random.Next(2), 0, 0, 0);
            var reader = new ResponseReader(new Trickle(input, random.Next(1, 50)), "gzip");
            try
            {
                while (await reader.ReadAsync(Bytes, CompressionProviders.Default, Limit, default) is not null)
                {
                }
            }
            catch (RpcException e)
            {
                Assert.True(e.StatusCode is StatusCode.Internal or StatusCode.ResourceExhausted, e.Message);
            }
            finally
            {
                reader.Release();
            }
        }
    }

    [Fact]
    public void Says_how_long_a_message_may_be()
    {
        var failure = Assert.Throws<RpcException>(static () => Take([0, 0x80, 0, 0, 0]));
        Assert.Equal(StatusCode.ResourceExhausted, failure.StatusCode);
        Assert.Contains("2147483648", failure.Status.Detail);
        Assert.Contains("1000", failure.Status.Detail);
        failure = Assert.Throws<RpcException>(static () => MessageWriter.Write(Bytes, new byte[Limit + 1], new PooledBuffer(), Limit, null));
        Assert.Equal(StatusCode.ResourceExhausted, failure.StatusCode);
    }

    [Fact]
    public void Stops_at_the_limit_while_it_decompresses()
    {
        using var wire = new PooledBuffer();
        MessageWriter.Write(Bytes, new byte[10_000_000], wire, null, Gzip);
        var buffer = new ReadOnlySequence<byte>(wire.Written);
        Assert.True(FrameHeader.TryTake(ref buffer, 100_000, out var compressed, out var payload));
        var failure = Assert.Throws<RpcException>(() => MessageParser.Parse(Bytes, payload, compressed, "gzip", CompressionProviders.Default, 100_000));
        Assert.Equal(StatusCode.ResourceExhausted, failure.StatusCode);
    }

    [Fact]
    public void Refuses_an_unknown_flag() => Assert.Equal(StatusCode.Internal, Assert.Throws<RpcException>(static () => Take([2, 0, 0, 0, 0])).StatusCode);

    [Theory]
    [InlineData(null, StatusCode.Internal)]
    [InlineData("identity", StatusCode.Internal)]
    [InlineData("snappy", StatusCode.Unimplemented)]
    public void Refuses_a_compressed_message_without_a_known_encoding(string? encoding, StatusCode code)
    {
        var failure = Assert.Throws<RpcException>(() => MessageParser.Parse(Bytes, new ReadOnlySequence<byte>([1, 2, 3]), true, encoding, CompressionProviders.Default, Limit));
        Assert.Equal(code, failure.StatusCode);
    }

    private static void Take(byte[] bytes)
    {
        var buffer = new ReadOnlySequence<byte>(bytes);
        FrameHeader.TryTake(ref buffer, Limit, out _, out _);
    }

    /// <summary>A stream that gives a few bytes at a time.</summary>
    private sealed class Trickle(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, size)], cancellationToken);
    }
}
