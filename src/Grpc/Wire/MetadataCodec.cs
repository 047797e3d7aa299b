using System.Buffers;
using Grpc.Core;

namespace Grpc.Wire;

/// <summary>Metadata as HTTP/2 headers and back.</summary>
internal static class MetadataCodec
{
    private static readonly SearchValues<char> ValueCharacters = SearchValues.Create(
        " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    /// <summary>Adds a header that came in. A binary one may carry several values, separated by commas.</summary>
    /// <exception cref="RpcException">Internal: a binary value is not base64.</exception>
    public static void Read(Metadata metadata, string name, string value)
    {
        if (!Metadata.Entry.IsBinaryKey(name))
        {
            metadata.Add(Metadata.Entry.FromWire(Lower(name), value));
            return;
        }

        foreach (var range in value.AsSpan().Split(','))
        {
            try
            {
                metadata.Add(Metadata.Entry.FromWire(Lower(name), BinaryHeaderCodec.Decode(value.AsSpan(range))));
            }
            catch (FormatException e)
            {
                throw Failure.BadHeader(name, e);
            }
        }
    }

    /// <summary>The value as it goes over the wire.</summary>
    /// <exception cref="RpcException">Internal: the text has other characters than printable ASCII, which HTTP/2 peers refuse.</exception>
    public static string Write(Metadata.Entry entry)
    {
        if (entry.IsBinary)
            return BinaryHeaderCodec.Encode(entry.BinaryValue);
        return entry.Value.AsSpan().ContainsAnyExcept(ValueCharacters)
            ? throw Failure.Internal($"The value of metadata {entry.Key} has characters other than printable ASCII; a key ending in -bin carries any bytes.")
            : entry.Value;
    }

    /// <summary>Whether an entry of a caller goes over the wire.</summary>
    public static bool IsSent(Metadata.Entry entry) =>
        !WireNames.IsReserved(entry.Key) && entry.Key != Metadata.CompressionRequestAlgorithmMetadataKey;

    // Kestrel hands out names such as "User-Agent" for headers that it knows; on the wire all are lower case.
    private static string Lower(string name)
    {
        foreach (var c in name)
            if (char.IsAsciiLetterUpper(c))
                return name.ToLowerInvariant();
        return name;
    }
}
