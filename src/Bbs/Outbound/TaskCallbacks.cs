using System.Text.Json;
using Microsoft.Extensions.Logging;
using Scheduler.Bbs.Commands.Tasks;
using Scheduler.Bbs.Loop;

namespace Scheduler.Bbs.Outbound;

/// <summary>
/// Tells clients how their tasks ended: marks the task Resolving, so that nobody else does, posts, and deletes it. One that cannot be
/// delivered stays Resolving until convergence makes it Completed again.
/// </summary>
internal sealed class TaskCallbacks(CommandLoop loop, ITaskCallbackClient client, OutboundOptions options, RetryWait retry, ILogger logger)
{
    private readonly LaneQueue<string> _queue = new(options.CallbackQueueLength);

    public int Waiting => _queue.Count;

    public void Submit(string taskGuid)
    {
        if (!_queue.TryAdd(taskGuid, taskGuid, taskGuid)) logger.CallbackDropped(taskGuid, options.CallbackQueueLength);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var workers = new Task[options.CallbackWorkers];
        for (var i = 0; i < workers.Length; i++) workers[i] = WorkAsync(cancellationToken);
        await Task.WhenAll(workers);
    }

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var (lane, taskGuid) = await _queue.TakeAsync(cancellationToken);
            try
            {
                await CallBackAsync(taskGuid, cancellationToken);
            }
            catch (Exception e) when (e is DomainException || !cancellationToken.IsCancellationRequested)
            {
                // Resolved by somebody else meanwhile, not committed, or a callback that cannot even be made; either way convergence
                // looks at it again.
                logger.CallbackNotResolved(e, taskGuid);
            }
            finally
            {
                _queue.Done(lane);
            }
        }
    }

    private async Task CallBackAsync(string taskGuid, CancellationToken cancellationToken)
    {
        var task = await loop.SubmitAsync(new ResolveTask(taskGuid), cancellationToken);
        var json = BodyOf(task);
        for (var tries = 1; tries <= options.CallbackTries; tries++)
        {
            var outcome = await client.PostAsync(task.TaskDefinition.CompletionCallbackUrl, json, cancellationToken);
            if (outcome == CallbackOutcome.Delivered)
            {
                await loop.SubmitAsync(new DeleteTask(taskGuid), cancellationToken);
                return;
            }
            if (outcome == CallbackOutcome.Failed) break;
            // A client that cannot keep up is not hit again at once by every task that ended with this one.
            if (tries < options.CallbackTries) await retry.WaitAsync(tries, cancellationToken);
        }
        logger.CallbackUndelivered(taskGuid);
    }

    /// <summary>Diego's keys; <c>annotation</c> is left out when it is empty.</summary>
    internal static byte[] BodyOf(OneOffTask task)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("task_guid", task.TaskGuid);
            json.WriteBoolean("failed", task.Failed);
            json.WriteString("failure_reason", task.FailureReason);
            json.WriteString("result", task.Result);
            if (task.TaskDefinition.Annotation.Length > 0) json.WriteString("annotation", task.TaskDefinition.Annotation);
            json.WriteNumber("created_at", task.CreatedAt);
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }
}
