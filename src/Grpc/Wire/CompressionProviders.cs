using System.IO.Compression;
using Grpc.Net.Compression;

namespace Grpc.Wire;

/// <summary>The encodings that one side knows.</summary>
internal sealed class CompressionProviders
{
    /// <summary>gzip alone.</summary>
    public static readonly CompressionProviders Default = new([]);

    private readonly Dictionary<string, ICompressionProvider> _byName = new(StringComparer.Ordinal);

    public CompressionProviders(IEnumerable<ICompressionProvider> providers)
    {
        _byName[WireNames.Gzip] = new GzipCompressionProvider(CompressionLevel.Fastest);
        foreach (var provider in providers)
            _byName[provider.EncodingName] = provider;
        AcceptEncoding = string.Join(',', _byName.Keys.Prepend(WireNames.Identity));
    }

    /// <summary>The value of <c>grpc-accept-encoding</c>.</summary>
    public string AcceptEncoding { get; }

    public bool Knows(string encoding) => encoding == WireNames.Identity || _byName.ContainsKey(encoding);

    /// <summary>Null for identity.</summary>
    public Compressor? ForWriting(string? encoding, CompressionLevel? level)
    {
        if (encoding is null or WireNames.Identity)
            return null;
        return _byName.TryGetValue(encoding, out var provider)
            ? new Compressor(provider, level)
            : throw new InvalidOperationException($"The encoding '{encoding}' is not among those configured: {AcceptEncoding}.");
    }

    /// <exception cref="Core.RpcException">Unimplemented: an unknown encoding; Internal: none was named.</exception>
    public Compressor ForReading(string? encoding)
    {
        if (encoding is null or WireNames.Identity)
            throw Failure.Internal($"A message is marked as compressed, but {WireNames.Encoding} names no encoding.");
        return _byName.TryGetValue(encoding, out var provider)
            ? new Compressor(provider, null)
            : throw Failure.Unimplemented($"The {WireNames.Encoding} '{encoding}' is not supported. Supported: {AcceptEncoding}.");
    }

    /// <summary>Whether an encoding is on the list that a peer sent.</summary>
    public static bool Accepts(string? acceptEncoding, string encoding)
    {
        foreach (var range in acceptEncoding.AsSpan().Split(','))
            if (acceptEncoding.AsSpan(range).Trim(' ').SequenceEqual(encoding))
                return true;
        return false;
    }
}
