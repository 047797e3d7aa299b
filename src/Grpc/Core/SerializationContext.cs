using System.Buffers;

namespace Grpc.Core;

/// <summary>Where a serializer puts a message.</summary>
public abstract class SerializationContext
{
    /// <summary>Ends the message with bytes made elsewhere; the array may not be changed afterwards.</summary>
    public virtual void Complete(byte[] payload) => throw new NotSupportedException();

    /// <summary>The writer for the message's bytes, valid until <see cref="Complete()"/>.</summary>
    public virtual IBufferWriter<byte> GetBufferWriter() => throw new NotSupportedException();

    /// <summary>The exact length of the message, if known, before <see cref="GetBufferWriter"/>.</summary>
    public virtual void SetPayloadLength(int payloadLength)
    {
    }

    /// <summary>Ends the message that was written to the buffer writer.</summary>
    public virtual void Complete() => throw new NotSupportedException();
}

/// <summary>Where a deserializer takes a message from; valid only during the call of the deserializer.</summary>
public abstract class DeserializationContext
{
    /// <summary>In bytes.</summary>
    public abstract int PayloadLength { get; }

    /// <summary>The message in an array of its own.</summary>
    public virtual byte[] PayloadAsNewBuffer() => throw new NotSupportedException();

    /// <summary>The message where it lies, without a copy.</summary>
    public virtual ReadOnlySequence<byte> PayloadAsReadOnlySequence() => throw new NotSupportedException();
}
