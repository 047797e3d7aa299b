using System.Text.Json;
using Microsoft.Extensions.Logging;
using Scheduler.Bbs.Commands.Tasks;
using Scheduler.Bbs.Loop;

namespace Scheduler.Bbs.Outbound;

/// <summary>
/// Delivers task results to clients: marks the task Resolving so that nobody else handles it, posts the callback and deletes the task. A
/// task whose callback cannot be delivered stays Resolving until convergence returns it to Completed.
/// </summary>
internal sealed class TaskCallbacks(CommandLoop loop, ITaskCallbackClient client, OutboundOptions options, RetryWait retry, ILogger logger)
{
    private readonly LaneQueue<string> _queue = new(options.CallbackQueueLength);

    public int Waiting => _queue.Count;

    public void Submit(string taskGuid)
    {
        if (!_queue.TryAdd(taskGuid, taskGuid, taskGuid))
            logger.CallbackDropped(taskGuid, options.CallbackQueueLength);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var workers = new Task[options.CallbackWorkers];
        for (var i = 0; i < workers.Length; i++)
            workers[i] = WorkAsync(cancellationToken);
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
                // Resolved by another caller in the meantime, not committed, or a callback that cannot even be built; in each case
                // convergence checks it again.
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
            if (outcome == CallbackOutcome.Failed)
                break;
            // Back off, so that the tasks that ended together do not all hit a slow client again at once.
            if (tries < options.CallbackTries)
                await retry.WaitAsync(tries, cancellationToken);
        }
        logger.CallbackUndelivered(taskGuid);
    }

    /// <summary>Diego's JSON keys; <c>annotation</c> is omitted when empty.</summary>
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
            if (task.TaskDefinition.Annotation.Length > 0)
                json.WriteString("annotation", task.TaskDefinition.Annotation);
            json.WriteNumber("created_at", task.CreatedAt);
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }
}
