using Microsoft.Extensions.Logging;
using Scheduler.Contracts.V1;
using Scheduler.Converger.Bbs;
using Scheduler.Models;
using Command = Scheduler.Converger.Rules.Terms.ConvergenceCommand;

namespace Scheduler.Converger.Loop;

/// <summary>Sender of commands to the BBS in bounded batches, one call at a time. It reports the outcome of each command.</summary>
internal sealed class CommandSender(IConvergerBbs bbs, int batchSize, ConvergerMetrics metrics, ILogger logger)
{
    private readonly Queue<WireCommand> _waiting = new();
    private List<WireCommand> _sent = [];
    private Task<ApplyConvergenceResponse>? _call;

    /// <summary>The call in flight, to await.</summary>
    public Task? Call => _call;

    /// <summary>Commands queued or in flight.</summary>
    public int Count => _waiting.Count + (_call is null ? 0 : _sent.Count);

    public void Enqueue(IReadOnlyList<Command> commands)
    {
        foreach (var command in CommandWriter.Write(commands))
            _waiting.Enqueue(command);
    }

    /// <summary>Starts the next call if none is in flight and commands are queued.</summary>
    public void SendNext(CancellationToken cancellationToken)
    {
        if (_call is not null || _waiting.Count == 0)
            return;
        _sent = [];
        var request = new ApplyConvergenceRequest();
        while (_sent.Count < batchSize && _waiting.TryDequeue(out var command))
        {
            _sent.Add(command);
            request.Commands.Add(command.Message);
        }
        _call = bbs.ApplyAsync(request, cancellationToken);
    }

    /// <summary>Takes the answer of a completed call.</summary>
    /// <returns>The commands that were not delivered or whose outcome is unknown.</returns>
    public async Task<IReadOnlyList<Command>> TakeAnswerAsync()
    {
        if (_call is not { IsCompleted: true } call)
            return [];
        _call = null;
        try
        {
            Report(await call);
            return [];
        }
        catch (DomainException failure)
        {
            var lost = _sent.SelectMany(command => command.Commands).ToList();
            metrics.NotDelivered.Add(lost.Count);
            logger.NotDelivered(lost.Count, failure.Message);
            return lost;
        }
    }

    /// <summary>Clears the queue and ends the call in flight.</summary>
    public async Task DropAsync()
    {
        _waiting.Clear();
        if (_call is not { } call)
            return;
        _call = null;
        await call.Ended();
    }

    private void Report(ApplyConvergenceResponse response)
    {
        for (var i = 0; i < _sent.Count; i++)
        {
            var command = _sent[i].Commands[0];
            var kind = command.GetType().Name;
            var error = i < response.Results.Count ? response.Results[i].Error : null;
            if (error is null)
            {
                metrics.Commands.Add(_sent[i].Commands.Count, new KeyValuePair<string, object?>("kind", kind));
                logger.CommandDone(kind, Subject(_sent[i]), command.Reason);
                continue;
            }
            // Not retried: the event that made the command stale is on its way and leads to a new decision.
            metrics.Refused.Add(_sent[i].Commands.Count, new KeyValuePair<string, object?>("kind", kind));
            if (error.Type is Error.Types.Type.StaleVersion or Error.Types.Type.ResourceNotFound)
                logger.CommandStale(kind, Subject(_sent[i]), error.Message);
            else
                logger.CommandRefused(kind, Subject(_sent[i]), error.Message);
        }
    }

    private static string Subject(WireCommand command) =>
        command.Commands[0] switch
        {
            Command.OfSlot slot when command.Commands.Count > 1 => $"{command.Commands.Count} of {slot.Key.ProcessGuid}",
            Command.OfSlot slot => slot.Key.ToString(),
            Command.OfTask task => task.Task.TaskGuid,
            _ => "",
        };
}
