using Grpc.Core;
using Scheduler.Bbs.Loop;
using Scheduler.Bbs.Node;

namespace Scheduler.Bbs.Api;

/// <summary>What all service methods do with a call.</summary>
internal static class Calls
{
    private const string TraceHeader = "x-vcap-request-id";

    /// <summary>Decides the command on the active node and waits until it is durable.</summary>
    public static Task<T> SubmitAsync<T>(this BbsNode node, Command<T> command, ServerCallContext context)
    {
        command.TraceId = context.RequestHeaders.GetValue(TraceHeader) ?? "";
        return node.Active.Loop.SubmitAsync(command, context.CancellationToken);
    }
}
