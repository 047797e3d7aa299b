namespace Grpc.Core;

/// <summary>The token that this runtime's servers make and its clients understand.</summary>
internal sealed class PropagationToken(DateTime deadline, CancellationToken cancellationToken) : ContextPropagationToken
{
    public DateTime Deadline => deadline;

    public CancellationToken CancellationToken => cancellationToken;
}
