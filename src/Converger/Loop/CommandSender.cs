using Microsoft.Extensions.Logging;
using Scheduler.Contracts.V1;
using Scheduler.Converger.Bbs;
using Scheduler.Models;
using Command = Scheduler.Converger.Rules.Terms.ConvergenceCommand;

namespace Scheduler.Converger.Loop;

/// <summary>Sends commands to the BBS in bounded batches, one call at a time, and says what became of each.</summary>
internal sealed class CommandSender(IConvergerBbs bbs, int batchSize, ConvergerMetrics metrics, ILogger logger)
{
    private readonly Queue<WireCommand> _waiting = new();
    private List<WireCommand> _sent = [];
    private Task<ApplyConvergenceResponse>? _call;

    /// <summary>The call under way, to wait for.</summary>
    public Task? Call => _call;

    /// <summary>Commands that wait or are under way.</summary>
    public int Count => _waiting.Count + (_call is null ? 0 : _sent.Count);

    public void Enqueue(IReadOnlyList<Command> commands)
    {
        foreach (var command in CommandWriter.Write(commands))
            _waiting.Enqueue(command);
    }

    /// <summary>Begins the next call if none is under way and something waits.</summary>
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

    /// <summary>Takes the answer of a call that has ended.</summary>
    /// <returns>The commands that did not arrive, or of which that is not known.</returns>
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

    /// <summary>Forgets what waits and ends the call under way.</summary>
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
            // Not retried: the event that made it stale is on its way and is decided on.
            metrics.Refused.Add(_sent[i].Commands.Count, new KeyValuePair<string, object?>("kind", kind));
            if (error.Type is Error.Types.Type.StaleVersion or Error.Types.Type.ResourceNotFound)
                logger.CommandStale(kind, Subject(_sent[i]), error.Message);
            else
                logger.CommandRefused(kind, Subject(_sent[i]), error.Message);
        }
    }

    private static string Subject(WireCommand command) => command.Commands[0] switch
    {
        Command.OfSlot slot when command.Commands.Count > 1 => $"{command.Commands.Count} of {slot.Key.ProcessGuid}",
        Command.OfSlot slot => slot.Key.ToString(),
        Command.OfTask task => task.Task.TaskGuid,
        _ => "",
    };
}
