using Scheduler.Client.Output;
using Scheduler.Client.Rollouts;
using Scheduler.Client.Watch;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary>Whether what a user waits for is so, and how far it is.</summary>
internal static class WaitConditions
{
    public const string Deleted = "deleted";

    /// <param name="app">Null if it does not exist.</param>
    /// <param name="rows">The instances of its versions in use.</param>
    public static WaitState Lrp(App? app, IReadOnlyList<ActualLRP> rows, string condition)
    {
        if (app is null)
            return rows.Count == 0 ? WaitState.Met(Deleted) : WaitState.NotYet($"{rows.Count} left");
        if (condition == Deleted)
            return WaitState.NotYet("exists");
        if (app.Versions?.Rollout is { } rollout)
            return WaitState.NotYet(RolloutTexts.Direction(rollout));
        if (condition == "rolled-out")
            return WaitState.Met($"version {app.Versions?.Current ?? 1}");
        var desired = app.Current.Instances;
        var serving = rows.Where(row =>
                row.ActualLrpKey.Index < desired
                && row.State == ActualLrpStateNames.Running
                && (condition == "running" || !(row.HasRoutable && !row.Routable))
            )
            .Select(row => row.ActualLrpKey.Index)
            .Distinct()
            .Count();
        var surplus = rows.Count(row => row.ActualLrpKey.Index >= desired);
        var remark = rows.Select(row => Texts.Remark(row)).FirstOrDefault(text => text.Length > 0);
        var text = $"{serving}/{desired} {condition}" + (surplus > 0 ? $", {surplus} to stop" : "");
        return serving == desired && surplus == 0 ? WaitState.Met(text) : WaitState.NotYet(remark is null ? text : $"{text} ({remark})");
    }

    /// <param name="task">Null if it does not exist.</param>
    public static WaitState Task(OneOffTask? task, string condition)
    {
        if (task is null)
            return WaitState.Met(Deleted);
        var text = task.State.ToString().ToLowerInvariant() + Texts.Cell(task);
        return condition switch
        {
            Deleted => WaitState.NotYet(text),
            _ when TaskWatch.HasEnded(task) => task.Failed ? WaitState.Failed($"failed: {task.FailureReason}") : WaitState.Met(text),
            "running" when task.State == OneOffTask.Types.State.Running => WaitState.Met(text),
            _ => WaitState.NotYet(task.RejectionReason.Length > 0 ? $"{text} ({task.RejectionReason})" : text),
        };
    }

    /// <param name="isPresent">Whether it announces itself.</param>
    /// <param name="work">Its instances and running tasks.</param>
    public static WaitState Cell(bool isPresent, int work, string condition) =>
        condition switch
        {
            "present" => isPresent ? WaitState.Met("present") : WaitState.NotYet("absent"),
            "absent" => isPresent ? WaitState.NotYet("present") : WaitState.Met("absent"),
            _ => work == 0 ? WaitState.Met("empty") : WaitState.NotYet($"{work} left"),
        };
}

/// <param name="IsMet">Null if it never will be.</param>
internal sealed record WaitState(bool? IsMet, string Text)
{
    public static WaitState Met(string text) => new(true, text);

    public static WaitState NotYet(string text) => new(false, text);

    public static WaitState Failed(string text) => new(null, text);
}
