using Grpc.Core;

namespace Scheduler.Simulation.Network;

/// <summary>The server call context of a simulated call.</summary>
internal sealed class SimulatedCallContext(string method, string peer, CallOptions options, CancellationToken cancellation)
    : ServerCallContext
{
    private static readonly AuthContext Nobody = new(null, []);

    protected override string MethodCore => method;

    protected override string HostCore => "";

    protected override string PeerCore => peer;

    protected override DateTime DeadlineCore => options.Deadline ?? DateTime.MaxValue;

    protected override Metadata RequestHeadersCore { get; } = options.Headers ?? [];

    protected override CancellationToken CancellationTokenCore => cancellation;

    protected override Metadata ResponseTrailersCore { get; } = [];

    protected override Status StatusCore { get; set; }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore => Nobody;

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) => Task.CompletedTask;

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
        throw new NotSupportedException("nothing here propagates calls");
}
