using Google.Protobuf;
using Grpc.Core;
using Scheduler.Contracts.Fields;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep.Logs;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Api;

/// <summary>The gRPC service of a cell.</summary>
internal sealed class RepApi(CellHost host, IContainerRuntime runtime) : Contracts.V1.RepService.RepServiceBase
{
    public override Task StreamState(
        StreamStateRequest request,
        IServerStreamWriter<CellStateUpdate> responseStream,
        ServerCallContext context
    ) =>
        StreamAsync(
            request,
            context,
            async (node, ending) =>
            {
                var revision = 0UL;
                while (true)
                {
                    var read = await node.Cell.ReadStateAsync(revision, ending);
                    if (read.Full is { } full)
                    {
                        await responseStream.WriteAsync(
                            new CellStateUpdate { Full = CellStateMessages.ToMessage(full, node.Incarnation) },
                            ending
                        );
                        revision = full.Revision;
                    }

                    foreach (var change in read.Changes)
                    {
                        await responseStream.WriteAsync(
                            new CellStateUpdate { Change = CellStateMessages.ToMessage(change, node.Incarnation) },
                            ending
                        );
                        revision = change.Revision;
                    }
                }
            }
        );

    public override Task<PerformWorkResponse> PerformWork(PerformWorkRequest request, ServerCallContext context) =>
        CountAsync(
            "Perform",
            request,
            async node =>
            {
                var (lrps, tasks) = WorkRequestRules.Read(request, host.Options.CellId);
                var (answer, revision) = await node.Cell.PerformWorkAsync(lrps, tasks);
                var response = new PerformWorkResponse { StateRevision = revision, Incarnation = node.Incarnation };
                foreach (var refusal in answer.RefusedLrps)
                {
                    response.RefusedLrps.Add(
                        new LRPRefusal
                        {
                            ActualLrpKey = new ActualLRPKey
                            {
                                ProcessGuid = refusal.Key.ProcessGuid,
                                Index = refusal.Key.Index,
                                Domain = refusal.Domain,
                            },
                            Reason = refusal.Reason,
                        }
                    );
                }

                foreach (var refusal in answer.RefusedTasks)
                    response.RefusedTasks.Add(new TaskRefusal { TaskGuid = refusal.TaskGuid, Reason = refusal.Reason });
                return response;
            }
        );

    public override Task<StopLRPResponse> StopLRP(StopLRPRequest request, ServerCallContext context) =>
        CountAsync(
            "StopLRPInstance",
            request,
            async node =>
            {
                await node.Cell.StopLrpAsync(KeyOf(request.ActualLrpKey), request.ActualLrpInstanceKey?.InstanceGuid ?? "");
                return new StopLRPResponse();
            }
        );

    public override Task<UpdateLRPResponse> UpdateLRP(UpdateLRPRequest request, ServerCallContext context) =>
        CountAsync(
            "UpdateLRPInstance",
            request,
            async node =>
            {
                await node.Cell.UpdateLrpAsync(
                    KeyOf(request.ActualLrpKey),
                    request.ActualLrpInstanceKey?.InstanceGuid ?? "",
                    [.. request.InternalRoutes.Select(route => route.Hostname)],
                    request.MetricTags.ToDictionary(tag => tag.Key, tag => tag.Value)
                );
                return new UpdateLRPResponse();
            }
        );

    public override Task<CancelRepTaskResponse> CancelTask(CancelRepTaskRequest request, ServerCallContext context) =>
        CountAsync(
            "CancelTask",
            request,
            async node =>
            {
                await node.Cell.CancelTaskAsync(request.TaskGuid);
                return new CancelRepTaskResponse();
            }
        );

    public override Task StreamLogs(
        StreamLogsRequest request,
        IServerStreamWriter<Contracts.V1.LogLine> responseStream,
        ServerCallContext context
    ) =>
        StreamAsync(
            request,
            context,
            async (node, ending) =>
            {
                var (log, bytesPerSecond) = await node.Cell.LogOfAsync(request.ContainerGuid);
                var reader = new ContainerLogReader(runtime, request.ContainerGuid, log, bytesPerSecond, node.Metrics);
                var tail = (int)Math.Min(request.TailLines, int.MaxValue);
                await foreach (var line in reader.ReadAsync(tail, request.Follow, ending))
                    await responseStream.WriteAsync(ToMessage(line), ending);
            }
        );

    public override Task StreamEnded(
        StreamEndedRequest request,
        IServerStreamWriter<Contracts.V1.EndedContainer> responseStream,
        ServerCallContext context
    ) =>
        StreamAsync(
            request,
            context,
            async (node, ending) =>
            {
                if (node.Ended is not { } kept)
                    return;
                foreach (var ended in await kept.FindAsync(request.Guid, request.HasIndex ? request.Index : null, ending))
                    await responseStream.WriteAsync(ToMessage(ended, request.TailLines), ending);
            }
        );

    public override Task<EvacuateResponse> Evacuate(EvacuateRequest request, ServerCallContext context) =>
        CountAsync(
            "Evacuate",
            request,
            async node =>
            {
                await node.Evacuator.BeginAsync();
                return new EvacuateResponse();
            }
        );

    private static Contracts.V1.LogLine ToMessage(ContainerLogLine line) =>
        new()
        {
            Timestamp = UnixNanos.From(line.Time),
            Stream = line.Stream == LogStream.Stderr ? Contracts.V1.LogLine.Types.Stream.Stderr : Contracts.V1.LogLine.Types.Stream.Stdout,
            Source = line.Source,
            Text = line.Text,
        };

    private static Contracts.V1.EndedContainer ToMessage(Logs.EndedContainer ended, uint tail)
    {
        var message = new Contracts.V1.EndedContainer
        {
            ContainerGuid = ended.ContainerGuid,
            Guid = ended.Guid,
            IsTask = ended.IsTask,
            Index = ended.Index,
            EndedAt = UnixNanos.From(ended.EndedAt),
            Stopped = ended.Stopped,
            Reason = ended.Reason,
        };
        message.Lines.AddRange(ended.Lines.TakeLast(tail == 0 ? int.MaxValue : (int)Math.Min(tail, int.MaxValue)).Select(ToMessage));
        return message;
    }

    private static LrpKey KeyOf(ActualLRPKey? key) => new(key?.ProcessGuid ?? "", key?.Index ?? 0);

    /// <summary>
    /// Reports an error to readers of a stream that ends because the cell shuts down, unlike one that its reader cancels.
    /// </summary>
    private async Task StreamAsync(IMessage request, ServerCallContext context, Func<CellNode, CancellationToken, Task> stream)
    {
        RequestFields.Require(request);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, host.Ending);
        try
        {
            await stream(host.Node, ending.Token);
        }
        catch (OperationCanceledException) when (host.Ending.IsCancellationRequested && !context.CancellationToken.IsCancellationRequested)
        {
            throw new DomainError(ErrorKind.Unavailable, "the cell is shutting down").ToException();
        }
    }

    private async Task<T> CountAsync<T>(string type, IMessage request, Func<CellNode, Task<T>> answer)
    {
        var node = host.Node;
        node.Metrics.RequestStarted(type);
        var succeeded = false;
        try
        {
            RequestFields.Require(request);
            var response = await answer(node);
            succeeded = true;
            return response;
        }
        finally
        {
            node.Metrics.RequestEnded(type, succeeded);
        }
    }
}
