namespace Grpc.Core;

/// <summary>How a message is to be written.</summary>
[Flags]
public enum WriteFlags
{
    /// <summary>More messages follow at once: this one need not be sent alone.</summary>
    BufferHint = 0x1,

    /// <summary>Send this message as it is, even if the call compresses.</summary>
    NoCompress = 0x2,
}

/// <summary>Options for the messages that follow.</summary>
public class WriteOptions
{
    public static readonly WriteOptions Default = new();

    public WriteOptions(WriteFlags flags = default) => Flags = flags;

    public WriteFlags Flags { get; }
}
