using System.Buffers;
using Grpc.Core;

namespace Grpc.Wire;

/// <summary>Turns the bytes of a message into the message, where they lie.</summary>
internal sealed class MessageParser : DeserializationContext
{
    [ThreadStatic]
    private static MessageParser? _idle;

    private ReadOnlySequence<byte> _payload;

    public override int PayloadLength => (int)_payload.Length;

    /// <exception cref="RpcException">Internal: the bytes are not such a message, or cannot be decompressed; ResourceExhausted: too long when decompressed.</exception>
    public static T Parse<T>(Marshaller<T> marshaller, in ReadOnlySequence<byte> payload, bool compressed, string? encoding, CompressionProviders providers, int? maxLength)
    {
        if (!compressed)
            return Parse(marshaller, payload);
        using var plain = new PooledBuffer((int)Math.Min(payload.Length * 2, 64 * 1024));
        providers.ForReading(encoding).Decompress(payload, plain, maxLength);
        return Parse(marshaller, new ReadOnlySequence<byte>(plain.Written));
    }

    public override byte[] PayloadAsNewBuffer() => _payload.ToArray();

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => _payload;

    private static T Parse<T>(Marshaller<T> marshaller, in ReadOnlySequence<byte> payload)
    {
        var parser = _idle ?? new MessageParser();
        _idle = null;
        parser._payload = payload;
        try
        {
            return marshaller.ContextualDeserializer(parser);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw Failure.Internal($"The bytes received are not a {typeof(T).Name}: {e.Message}", e);
        }
        finally
        {
            parser._payload = default;
            _idle = parser;
        }
    }
}
