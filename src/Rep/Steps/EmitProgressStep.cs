using Scheduler.Contracts.V1;

namespace Scheduler.Rep.Steps;

/// <summary>Logs the start and the end of its child, once each, however often the rep restarts.</summary>
internal sealed class EmitProgressStep(StepContext context, Step child, EmitProgressAction action, string path, string logSource) : Step
{
    public override async Task<StepResult> RunAsync(StopSignal stop, Action ready, CancellationToken detach)
    {
        await SayAsync("start", Runtime.LogStream.Stdout, action.StartMessage);
        var result = await child.RunAsync(stop, ready, detach);

        if (result.Error is not { } error)
            await SayAsync("end", Runtime.LogStream.Stdout, action.SuccessMessage);
        else if (action.FailureMessagePrefix.Length > 0)
        {
            var detail = error.Kind == StepErrorKind.Cancelled ? "" : $": {error.Message}";
            await SayAsync("end", Runtime.LogStream.Stderr, action.FailureMessagePrefix + detail);
        }

        return result;
    }

    private async Task SayAsync(string moment, Runtime.LogStream stream, string message)
    {
        if (message.Length > 0 && await context.Journal.MarkAsync($"{path}.{moment}", context.Time.GetUtcNow()))
            context.Log.Say(logSource, stream, message);
    }
}
