namespace Grpc.Core;

/// <summary>What a caller may say about one call.</summary>
/// <remarks>
/// Call credentials are not part of this runtime: identity comes from the client certificate. <see cref="IsWaitForReady"/> is carried and,
/// as in Grpc.Net.Client without load balancing, has no effect.
/// </remarks>
public struct CallOptions
{
    /// <param name="headers">Sent before the first message.</param>
    /// <param name="deadline">When the call ends with DeadlineExceeded if it has not ended before, in UTC; null: never.</param>
    /// <param name="cancellationToken">Cancels the call on both sides.</param>
    /// <param name="writeOptions">How messages are written.</param>
    /// <param name="propagationToken">Carries deadline and cancellation of the call being served.</param>
    public CallOptions(
        Metadata? headers = null,
        DateTime? deadline = null,
        CancellationToken cancellationToken = default,
        WriteOptions? writeOptions = null,
        ContextPropagationToken? propagationToken = null)
    {
        Headers = headers;
        Deadline = deadline;
        CancellationToken = cancellationToken;
        WriteOptions = writeOptions;
        PropagationToken = propagationToken;
        IsWaitForReady = false;
    }

    public Metadata? Headers { get; private set; }

    public DateTime? Deadline { get; private set; }

    public CancellationToken CancellationToken { get; private set; }

    public WriteOptions? WriteOptions { get; private set; }

    public ContextPropagationToken? PropagationToken { get; private set; }

    public bool IsWaitForReady { get; private set; }

    public CallOptions WithHeaders(Metadata headers) => this with { Headers = headers };

    public CallOptions WithDeadline(DateTime deadline) => this with { Deadline = deadline };

    public CallOptions WithCancellationToken(CancellationToken cancellationToken) => this with { CancellationToken = cancellationToken };

    public CallOptions WithWriteOptions(WriteOptions writeOptions) => this with { WriteOptions = writeOptions };

    public CallOptions WithPropagationToken(ContextPropagationToken propagationToken) => this with { PropagationToken = propagationToken };

    public CallOptions WithWaitForReady(bool waitForReady = true) => this with { IsWaitForReady = waitForReady };
}
