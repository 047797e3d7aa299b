using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Tests.Unit.Converger;

/// <summary>A minimal model of how the BBS and the reps execute commands.</summary>
internal static class ModelBbs
{
    public static void Apply(Cluster cluster, IEnumerable<ConvergenceCommand> commands)
    {
        foreach (var command in commands)
            Apply(cluster, command);
    }

    private static void Apply(Cluster cluster, ConvergenceCommand command)
    {
        switch (command)
        {
            case ConvergenceCommand.Create create:
                cluster.With(NewRow(cluster, create.Key));
                break;
            case ConvergenceCommand.Suspect suspect:
                cluster.With(suspect.Row with { Presence = LrpPresence.Suspect }, NewRow(cluster, suspect.Key));
                break;
            case ConvergenceCommand.PromoteSuspect promote:
                Remove(cluster, promote.Row);
                cluster.With(promote.Row with { Presence = LrpPresence.Ordinary });
                break;
            case ConvergenceCommand.Unclaim unclaim:
                cluster.With(
                    unclaim.Row with
                    {
                        State = ActualLrpState.Unclaimed,
                        Instance = new InstanceKey("", new CellId("")),
                        Since = cluster.Now,
                        Tag = unclaim.Row.Tag.Next(),
                    }
                );
                break;
            // Stopped by its rep, or the row is deleted at once.
            case ConvergenceCommand.Retire or ConvergenceCommand.RemoveSuspect or ConvergenceCommand.RemoveEvacuating:
                Remove(cluster, ((ConvergenceCommand.OfRow)command).Row);
                break;
            // Not placed this time either.
            case ConvergenceCommand.Reauction reauction:
                cluster.With(reauction.Row with { Since = cluster.Now, Tag = reauction.Row.Tag.Next() });
                break;
            case ConvergenceCommand.UpdateInstance update:
                var desired = cluster.Desired[update.Key.ProcessGuid];
                cluster.With(
                    update.Row with
                    {
                        InternalRoutes = desired.InternalRoutes ?? update.Row.InternalRoutes,
                        MetricTags = desired.MetricTags.For(update.Key, update.Row.Instance),
                        Tag = update.Row.Tag.Next(),
                    }
                );
                break;
            case ConvergenceCommand.FailTask fail:
                cluster.With(
                    fail.Task with
                    {
                        State = OneOffTaskState.Completed,
                        FirstCompletedAt = cluster.Now,
                        UpdatedAtNanos = UnixNanos.From(cluster.Now),
                    }
                );
                break;
            case ConvergenceCommand.ReauctionTask reauction:
                cluster.With(reauction.Task with { UpdatedAtNanos = UnixNanos.From(cluster.Now) });
                break;
            // The callback worker picks it up.
            case ConvergenceCommand.DemoteTask or ConvergenceCommand.ResubmitCallback:
                cluster.With(
                    ((ConvergenceCommand.OfTask)command).Task with
                    {
                        State = OneOffTaskState.Resolving,
                        UpdatedAtNanos = UnixNanos.From(cluster.Now),
                    }
                );
                break;
            case ConvergenceCommand.DeleteTask delete:
                cluster.Tasks.Remove(delete.Task.TaskGuid);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(command), command, "a command that the model does not know");
        }
    }

    private static ActualView NewRow(Cluster cluster, LrpKey key) =>
        View.Unclaimed(key.ProcessGuid, key.Index) with
        {
            Since = cluster.Now,
            Tag = new ModificationTag($"epoch-{key}-{cluster.Now.Ticks}", 0),
        };

    private static void Remove(Cluster cluster, ActualView row) => cluster.Rows.Remove((row.Key, row.Presence));
}
