using System.IO.Compression;
using Grpc.Net.Compression;

namespace Grpc.AspNetCore.Server;

/// <summary>How services are served: all of them, or with <see cref="GrpcServiceOptions{TService}"/> one, whose settings win.</summary>
public class GrpcServiceOptions
{
    private int? _maxSendMessageSize;
    private int? _maxReceiveMessageSize;

    /// <summary>The longest message sent, in bytes before compression; null, the default: any.</summary>
    public int? MaxSendMessageSize
    {
        get => _maxSendMessageSize;
        set
        {
            _maxSendMessageSize = value;
            MaxSendMessageSizeSpecified = true;
        }
    }

    /// <summary>Whether <see cref="MaxSendMessageSize"/> has been set.</summary>
    public bool MaxSendMessageSizeSpecified { get; set; }

    /// <summary>The longest message taken, in bytes after decompression; null: any. The default is 4 MB.</summary>
    public int? MaxReceiveMessageSize
    {
        get => _maxReceiveMessageSize;
        set
        {
            _maxReceiveMessageSize = value;
            MaxReceiveMessageSizeSpecified = true;
        }
    }

    /// <summary>Whether <see cref="MaxReceiveMessageSize"/> has been set.</summary>
    public bool MaxReceiveMessageSizeSpecified { get; set; }

    /// <summary>Whether clients see the type and message of unexpected exceptions; by default they do not, because these may hold secrets.</summary>
    public bool? EnableDetailedErrors { get; set; }

    /// <summary>The encoding of responses towards clients that accept it, such as "gzip"; null: none.</summary>
    public string? ResponseCompressionAlgorithm { get; set; }

    /// <summary>How hard to compress; null: the provider's default.</summary>
    public CompressionLevel? ResponseCompressionLevel { get; set; }

    /// <summary>Encodings besides gzip, or in its place.</summary>
    public IList<ICompressionProvider> CompressionProviders { get; set; } = [];

    /// <summary>Whether calls to unknown services go on to the rest of the application instead of ending with Unimplemented.</summary>
    public bool? IgnoreUnknownServices { get; set; }

    /// <summary>Around every call, the first outermost.</summary>
    public InterceptorCollection Interceptors { get; } = [];
}

/// <summary>The options of one service.</summary>
public class GrpcServiceOptions<TService> : GrpcServiceOptions
    where TService : class
{
}
