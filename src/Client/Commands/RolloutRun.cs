using System.Text.Json.Nodes;
using Scheduler.Client.Output;
using Scheduler.Client.Rollouts;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary>Carries out a rollout for a command, and tells the user how it goes and how it ended.</summary>
internal static class RolloutRun
{
    /// <param name="isAsked">Whether going back is what the user wants.</param>
    /// <exception cref="DomainException">Unknown, which is exit code 1: the new version does not run.</exception>
    public static async Task<int> ToEndAsync(
        ClientSession session,
        Printer printer,
        string app,
        RolloutLock held,
        RolloutTimes times,
        bool isAsked,
        CancellationToken cancellationToken
    )
    {
        RolloutEnd end;
        try
        {
            end = await printer.WatchAsync(progress => new RolloutRunner(session, app, times, progress).RunAsync(held, cancellationToken));
        }
        catch (OperationCanceledException)
        {
            printer.Aside(
                $"{app}: the rollout stays where it is: scheduler lrp rollout {app} --resume goes on, scheduler lrp rollout undo {app} goes back"
            );
            throw;
        }

        var rollout = end.Rollout;
        if (printer.IsJson)
            printer.Json(
                new JsonObject
                {
                    ["name"] = app,
                    ["outcome"] = Word(end.Outcome),
                    ["from"] = rollout.From,
                    ["to"] = rollout.To,
                    ["reason"] = end.Reason,
                }
            );
        return end.Outcome switch
        {
            RolloutOutcome.Done => Said(printer, $"{app}: version {rollout.To} runs"),
            RolloutOutcome.Paused => Said(
                printer,
                $"{app}: paused on the way to version {rollout.To}; scheduler lrp rollout {app} --resume goes on"
            ),
            RolloutOutcome.WentBack when isAsked => Said(printer, $"{app}: version {rollout.From} runs again"),
            RolloutOutcome.WentBack => throw Failed($"{app}: version {rollout.To}: {end.Reason}; version {rollout.From} runs again"),
            _ => throw Failed(
                $"{app}: {RolloutTexts.Direction(rollout)}: {end.Reason}; the rollout stays where it is, "
                    + $"scheduler lrp rollout {app} --resume tries again"
            ),
        };
    }

    private static int Said(Printer printer, string text)
    {
        printer.Note(text);
        return ExitCodes.Ok;
    }

    private static string Word(RolloutOutcome outcome) =>
        outcome switch
        {
            RolloutOutcome.Done => "done",
            RolloutOutcome.Paused => "paused",
            RolloutOutcome.WentBack => "went_back",
            _ => "given_up",
        };

    private static DomainException Failed(string message) => new DomainError(ErrorKind.Unknown, message).ToException();
}
