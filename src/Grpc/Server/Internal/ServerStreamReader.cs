using Grpc.Core;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>The messages that a client streams.</summary>
internal sealed class ServerStreamReader<TRequest>(ServerCall call, Marshaller<TRequest> marshaller) : IAsyncStreamReader<TRequest>
    where TRequest : class
{
    private TRequest? _current;
    private bool _atEnd;

    public TRequest Current => _current ?? throw new InvalidOperationException("No current element is available.");

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (_atEnd)
            return false;
        _current = await call.ReadNextAsync(marshaller, cancellationToken);
        _atEnd = _current is null;
        return !_atEnd;
    }
}
