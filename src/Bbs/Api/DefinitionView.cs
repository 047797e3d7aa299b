using Grpc.Core;
using Scheduler.Bbs.State;
using Scheduler.Hosting.Roles;

namespace Scheduler.Bbs.Api;

/// <summary>
/// Redacts definitions per caller. Clients see every definition in full; a cell sees in full only those of the work it runs. Other
/// components see the fields needed for placement, convergence and routing, without environment, commands, credentials and other private
/// fields.
/// </summary>
internal sealed class DefinitionView
{
    /// <summary>Placeholder for a URL when only its presence matters.</summary>
    public const string Withheld = "withheld";

    private readonly PeerIdentity? _caller;
    private readonly bool _all;

    private DefinitionView(PeerIdentity? caller)
    {
        _caller = caller;
        _all = caller is null || caller.Roles.HasFlag(PeerRoles.Client);
    }

    public static DefinitionView Of(ServerCallContext context) => new(PeerIdentity.Of(context));

    /// <param name="state">Tells what runs on which cell.</param>
    public DesiredLRP Show(DesiredLRP lrp, BbsState state) => _all || Runs(lrp.ProcessGuid, state) ? lrp : Redacted(lrp);

    public OneOffTask Show(OneOffTask task) => _all || IsCell(task.CellId) ? task : Redacted(task);

    public Event Show(Event @event)
    {
        if (_all)
            return @event;
        switch (@event.PayloadCase)
        {
            case Event.PayloadOneofCase.DesiredLrpCreated:
                var created = @event.DesiredLrpCreated;
                return Other(
                    @event,
                    with =>
                        with.DesiredLrpCreated = new DesiredLRPCreatedEvent
                        {
                            DesiredLrp = Redacted(created.DesiredLrp),
                            TraceId = created.TraceId,
                        }
                );
            case Event.PayloadOneofCase.DesiredLrpChanged:
                var changed = @event.DesiredLrpChanged;
                return Other(
                    @event,
                    with =>
                        with.DesiredLrpChanged = new DesiredLRPChangedEvent
                        {
                            Before = Redacted(changed.Before),
                            After = Redacted(changed.After),
                            TraceId = changed.TraceId,
                        }
                );
            case Event.PayloadOneofCase.DesiredLrpRemoved:
                var removed = @event.DesiredLrpRemoved;
                return Other(
                    @event,
                    with =>
                        with.DesiredLrpRemoved = new DesiredLRPRemovedEvent
                        {
                            DesiredLrp = Redacted(removed.DesiredLrp),
                            TraceId = removed.TraceId,
                        }
                );
            case Event.PayloadOneofCase.TaskCreated:
                return Other(@event, with => with.TaskCreated = new TaskCreatedEvent { Task = Redacted(@event.TaskCreated.Task) });
            case Event.PayloadOneofCase.TaskChanged:
                return Other(
                    @event,
                    with =>
                        with.TaskChanged = new TaskChangedEvent
                        {
                            Before = Redacted(@event.TaskChanged.Before),
                            After = Redacted(@event.TaskChanged.After),
                        }
                );
            case Event.PayloadOneofCase.TaskRemoved:
                return Other(@event, with => with.TaskRemoved = new TaskRemovedEvent { Task = Redacted(@event.TaskRemoved.Task) });
            default:
                return @event;
        }
    }

    private bool IsCell(string cellId) => _caller!.Roles.HasFlag(PeerRoles.Rep) && _caller.Names.Contains(cellId, StringComparer.Ordinal);

    private bool Runs(string processGuid, BbsState state) =>
        _caller!.Roles.HasFlag(PeerRoles.Rep) && state.RowsOf(processGuid).All.Any(row => IsCell(row.CellId()));

    private static Event Other(Event like, Action<Event> payload)
    {
        var other = new Event { Revision = like.Revision };
        payload(other);
        return other;
    }

    // An allow list, not a deny list: a field added to the contract stays private until a component needs it.
    internal static DesiredLRP Redacted(DesiredLRP lrp)
    {
        var shown = new DesiredLRP
        {
            ProcessGuid = lrp.ProcessGuid,
            Domain = lrp.Domain,
            RootFs = lrp.RootFs,
            Instances = lrp.Instances,
            DiskMb = lrp.DiskMb,
            MemoryMb = lrp.MemoryMb,
            MaxPids = lrp.MaxPids,
            CpuWeight = lrp.CpuWeight,
            Privileged = lrp.Privileged,
            Routes = lrp.Routes,
            LogGuid = lrp.LogGuid,
            LogSource = lrp.LogSource,
            ModificationTag = lrp.ModificationTag,
            StartTimeoutMs = lrp.StartTimeoutMs,
            StopSignal = lrp.StopSignal,
            ImagePullPolicy = lrp.ImagePullPolicy,
            GracePeriodMs = lrp.GracePeriodMs,
            UpdateStrategy = lrp.UpdateStrategy,
        };
        shown.Ports.Add(lrp.Ports);
        shown.PlacementTags.Add(lrp.PlacementTags);
        shown.MetricTags.Add(lrp.MetricTags);
        shown.Capabilities.Add(lrp.Capabilities);
        shown.VolumeMounts.Add(lrp.VolumeMounts.Select(Shown));
        shown.Sidecars.Add(lrp.Sidecars.Select(sidecar => new Sidecar { MemoryMb = sidecar.MemoryMb, DiskMb = sidecar.DiskMb }));
        return shown;
    }

    internal static OneOffTask Redacted(OneOffTask task)
    {
        var shown = new OneOffTask
        {
            TaskGuid = task.TaskGuid,
            Domain = task.Domain,
            CreatedAt = task.CreatedAt,
            UpdatedAt = task.UpdatedAt,
            FirstCompletedAt = task.FirstCompletedAt,
            State = task.State,
            CellId = task.CellId,
            Failed = task.Failed,
            RejectionCount = task.RejectionCount,
        };
        if (task.TaskDefinition is not { } definition)
            return shown;
        shown.TaskDefinition = new TaskDefinition
        {
            RootFs = definition.RootFs,
            DiskMb = definition.DiskMb,
            MemoryMb = definition.MemoryMb,
            MaxPids = definition.MaxPids,
            CpuWeight = definition.CpuWeight,
            Privileged = definition.Privileged,
            LogGuid = definition.LogGuid,
            LogSource = definition.LogSource,
            StopSignal = definition.StopSignal,
            ImagePullPolicy = definition.ImagePullPolicy,
            GracePeriodMs = definition.GracePeriodMs,
            CompletionCallbackUrl = definition.CompletionCallbackUrl.Length == 0 ? "" : Withheld,
        };
        shown.TaskDefinition.PlacementTags.Add(definition.PlacementTags);
        shown.TaskDefinition.Capabilities.Add(definition.Capabilities);
        shown.TaskDefinition.VolumeMounts.Add(definition.VolumeMounts.Select(Shown));
        return shown;
    }

    private static VolumeMount Shown(VolumeMount mount) => new() { Driver = mount.Driver, Mode = mount.Mode };
}
