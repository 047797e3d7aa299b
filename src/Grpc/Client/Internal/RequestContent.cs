using System.Net;
using Grpc.Wire;

namespace Grpc.Net.Client.Internal;

/// <summary>What a call sends.</summary>
internal abstract class RequestContent : HttpContent
{
    protected RequestContent() => Headers.TryAddWithoutValidation("Content-Type", WireNames.ContentType);

    /// <summary>The call has ended.</summary>
    public abstract void Release();

    // Length is left out as in every gRPC implementation: the frames say it.
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, default);
}
