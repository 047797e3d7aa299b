using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Scheduler.Client.Json;

/// <summary>Creates messages without reflection, which a program compiled ahead of time may lack.</summary>
internal static class EmptyMessage
{
    public static IMessage Of(MessageDescriptor type) => type.Parser.ParseFrom(ByteString.Empty);
}
