using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Events;

namespace Scheduler.Bench.Commands.Parts;

/// <summary>Counts the tasks that complete, by the BBS's event stream.</summary>
internal sealed class TaskBoard(CallInvoker bbs, int tasks, TimeProvider time)
{
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _completed;
    private int _failed;

    /// <summary>Completes once no event can be missed any more.</summary>
    public Task Listening => _listening.Task;

    public int Completed => Volatile.Read(ref _completed);

    /// <summary>Of the completed ones.</summary>
    public int Failed => Volatile.Read(ref _failed);

    /// <summary>Reads until all tasks have completed. If the stream breaks, the measurement fails.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        new EventFollower(new GrpcBbsEvents(bbs), new FollowRequest { Tasks = true }, _ => TimeSpan.Zero, time, NullLogger.Instance)
        {
            MayPass = _ => false,
        }.RunAsync(ReadAsync, cancellationToken);

    private async Task<bool> ReadAsync(EventStream stream)
    {
        await foreach (var next in stream.TakeAllAsync())
        {
            if (next.PayloadCase == Event.PayloadOneofCase.SnapshotComplete)
                _listening.TrySetResult();
            if (
                next.TaskChanged is not { After.State: Contracts.V1.Task.Types.State.Completed } change
                || change.Before.State == Contracts.V1.Task.Types.State.Completed
            )
                continue;
            if (change.After.Failed)
                Interlocked.Increment(ref _failed);
            if (Interlocked.Increment(ref _completed) == tasks)
                return true;
        }

        throw new InvalidOperationException("the BBS closed the event stream");
    }
}
