using System.Buffers;
using Grpc.Core;

namespace Grpc.Wire;

/// <summary>
/// Writes messages with their headers. A message that tells its length before its bytes, as generated code does, goes straight into the
/// target; any other one, and one that is compressed, goes through a pooled buffer.
/// </summary>
internal sealed class MessageWriter : SerializationContext, IBufferWriter<byte>
{
    // A serializer runs synchronously, so one writer a thread is enough and none is allocated per message.
    [ThreadStatic]
    private static MessageWriter? _idle;

    private IBufferWriter<byte> _target = null!;
    private Compressor? _compressor;
    private int? _maxLength;
    private int? _announced;
    private PooledBuffer? _buffer;
    private bool _direct;
    private int _written;
    private bool _completed;

    /// <summary>Writes one message. If it throws after having touched the target, the target is spoilt.</summary>
    /// <param name="marshaller">How the message becomes bytes.</param>
    /// <param name="message">The message.</param>
    /// <param name="target">Where the header and the bytes go.</param>
    /// <param name="maxLength">The longest message to send, before compression, in bytes; null: any.</param>
    /// <param name="compressor">How to compress; null: not.</param>
    /// <exception cref="RpcException">ResourceExhausted: too long; Internal: the serializer failed.</exception>
    public static void Write<T>(Marshaller<T> marshaller, T message, IBufferWriter<byte> target, int? maxLength, Compressor? compressor)
    {
        var writer = _idle ?? new MessageWriter();
        _idle = null;
        writer._target = target;
        writer._maxLength = maxLength;
        writer._compressor = compressor;
        try
        {
            marshaller.ContextualSerializer(message, writer);
            if (!writer._completed)
                throw new InvalidOperationException("The serializer did not complete its message.");
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw Failure.Internal($"A {typeof(T).Name} could not be serialized: {e.Message}", e);
        }
        finally
        {
            writer.Reset();
            _idle = writer;
        }
    }

    public override void SetPayloadLength(int payloadLength)
    {
        CheckLength(payloadLength);
        _announced = payloadLength;
    }

    public override IBufferWriter<byte> GetBufferWriter()
    {
        if (_completed)
            throw new InvalidOperationException("The message is complete.");
        if (_direct || _buffer is not null)
            return this;
        if (_announced is { } length && _compressor is null)
        {
            FrameHeader.Write(_target, compressed: false, length);
            _direct = true;
        }
        else
        {
            _buffer = new PooledBuffer(_announced ?? 0);
        }

        return this;
    }

    public override void Complete()
    {
        if (!_direct && _buffer is null)
            GetBufferWriter();
        if (_announced is { } length && length != _written)
            throw new InvalidOperationException($"The message announced {length} bytes and wrote {_written}; was it changed meanwhile?");
        if (_buffer is not null)
            Send(_buffer.Written.Span);
        _completed = true;
    }

    public override void Complete(byte[] payload)
    {
        if (_completed || _direct || _buffer is not null)
            throw new InvalidOperationException("The message was started in another way.");
        Send(payload);
        _completed = true;
    }

    void IBufferWriter<byte>.Advance(int count)
    {
        if (_direct)
            _target.Advance(count);
        else
            _buffer!.Advance(count);
        _written += count;
    }

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint) => _direct ? _target.GetMemory(sizeHint) : _buffer!.GetMemory(sizeHint);

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => _direct ? _target.GetSpan(sizeHint) : _buffer!.GetSpan(sizeHint);

    private void Send(ReadOnlySpan<byte> payload)
    {
        CheckLength(payload.Length);
        // gzip of nothing is nothing in .NET and not valid elsewhere; a message without bytes needs no compression.
        if (_compressor is null || payload.IsEmpty)
        {
            FrameHeader.Write(_target, compressed: false, payload.Length);
            _target.Write(payload);
            return;
        }

        using var compressed = new PooledBuffer(payload.Length);
        _compressor.Compress(payload, compressed);
        FrameHeader.Write(_target, compressed: true, compressed.Length);
        _target.Write(compressed.Written.Span);
    }

    private void CheckLength(int length)
    {
        if (length > _maxLength)
            throw Failure.TooLong("Sending", length, _maxLength.Value);
    }

    private void Reset()
    {
        _buffer?.Dispose();
        _buffer = null;
        _target = null!;
        _compressor = null;
        _announced = null;
        _direct = false;
        _written = 0;
        _completed = false;
    }
}
