using Google.Protobuf;
using Scheduler.Contracts.V1;

namespace Scheduler.Tests.Unit.Converger.Loop;

/// <summary>Events in which anything may be missing, absurd or inconsistent; they have their own processes, tasks and cells.</summary>
internal sealed class CorruptEvents(Random random)
{
    private static readonly string[] Routes = ["[]", "{", "[1]", """[{"hostname":"\ud800"}]""", """[{"hostname":"a"}]""", "null"];

    public Event Next() =>
        random.Next(17) switch
        {
            0 => new Event { DesiredLrpCreated = new DesiredLRPCreatedEvent { DesiredLrp = Maybe(Desired) } },
            1 => new Event
            {
                DesiredLrpChanged = new DesiredLRPChangedEvent { Before = Maybe(Desired), After = Maybe(Desired) },
            },
            2 => new Event { DesiredLrpRemoved = new DesiredLRPRemovedEvent { DesiredLrp = Maybe(Desired) } },
            3 or 4 or 5 => new Event { ActualLrpInstanceCreated = new ActualLRPInstanceCreatedEvent { ActualLrp = Maybe(Actual) } },
            6 or 7 => new Event { ActualLrpInstanceChanged = Changed() },
            8 => new Event { ActualLrpInstanceRemoved = new ActualLRPInstanceRemovedEvent { ActualLrp = Maybe(Actual) } },
            9 => new Event { TaskCreated = new TaskCreatedEvent { Task = Maybe(Task) } },
            10 => new Event
            {
                TaskChanged = new TaskChangedEvent { Before = Maybe(Task), After = Maybe(Task) },
            },
            11 => new Event { TaskRemoved = new TaskRemovedEvent { Task = Maybe(Task) } },
            12 => new Event
            {
                CellAppeared = new CellAppearedEvent { Cell = Maybe(() => new CellPresence { CellId = One("", "x-cell") }) },
            },
            13 => new Event { CellAbsent = new CellAbsentEvent { Cell = Maybe(Absent) } },
            14 => new Event { CellAbsenceEnded = new CellAbsenceEndedEvent { Cell = Maybe(Absent) } },
            15 => new Event
            {
                CellLossChanged = new CellLossChangedEvent
                {
                    Loss = Maybe(() =>
                        new CellLoss
                        {
                            Mode = (CellLoss.Types.Mode)random.Next(5),
                            Unheard = One(-1, 3),
                            HeldUntil = Time(),
                        }
                    ),
                },
            },
            _ => new Event
            {
                DomainFresh = new DomainFreshEvent { Domain = One("", "x-domain"), ExpiresAt = Time() },
            },
        };

    private AbsentCell Absent() =>
        new()
        {
            CellId = One("", "x-cell", "x-ghost"),
            Verdict = (AbsentCell.Types.Verdict)random.Next(5),
            Standing = (AbsentCell.Types.Standing)random.Next(5),
            KeepUntil = Time(),
        };

    private DesiredLRP Desired()
    {
        var lrp = new DesiredLRP
        {
            ProcessGuid = Guid(),
            Domain = One("", "x-domain"),
            Instances = One(-1, 0, 1, 3, int.MaxValue, int.MinValue),
        };
        lrp.Routes = new ProtoRoutes();
        lrp.Routes.Routes["internal-router"] =
            random.Next(4) == 0 ? ByteString.CopyFrom(0x22, 0xff, 0x22) : ByteString.CopyFromUtf8(One(Routes));
        lrp.MetricTags[One("", "tag")] = new MetricTagValue { Static = "x", Dynamic = (MetricTagValue.Types.DynamicValue)random.Next(5) };
        return lrp;
    }

    private ActualLRP Actual() =>
        new()
        {
            ActualLrpKey = Maybe(Key),
            ActualLrpInstanceKey = Maybe(Instance),
            State = State(),
            Presence = Presence(),
            Since = Time(),
            CrashCount = One(-1, 0, 3, int.MaxValue),
            ModificationTag = Maybe(Tag),
        };

    private ActualLRPInstanceChangedEvent Changed() =>
        new()
        {
            ActualLrpKey = Maybe(Key),
            ActualLrpInstanceKey = Maybe(Instance),
            Before = Maybe(Info),
            After = Maybe(Info),
        };

    private ActualLRPInfo Info() =>
        new()
        {
            State = State(),
            Presence = Presence(),
            Since = Time(),
            CrashCount = One(-1, 0, 3),
            ModificationTag = Maybe(Tag),
        };

    private OneOffTask Task() =>
        new()
        {
            TaskGuid = One("", "x-1", "x-2"),
            State = (OneOffTask.Types.State)random.Next(-1, 7),
            CellId = One("", "x-cell", "x-ghost"),
            CreatedAt = Time(),
            UpdatedAt = Time(),
            FirstCompletedAt = Time(),
        };

    private ActualLRPKey Key() =>
        new()
        {
            ProcessGuid = Guid(),
            Index = One(-1, 0, 1, 2, 100_000_000, int.MinValue, int.MaxValue),
            Domain = One("", "x-domain"),
        };

    private ActualLRPInstanceKey Instance() => new() { InstanceGuid = One("", "x-i"), CellId = One("", "x-cell", "x-ghost") };

    private ModificationTag Tag() => new() { Epoch = One("", "e", "f"), Index = (uint)random.Next(2) };

    private string Guid() => One("", "x-web", "x-api");

    private string State() => One("UNCLAIMED", "CLAIMED", "RUNNING", "CRASHED", "FLYING", "");

    private ActualLRP.Types.Presence Presence() => (ActualLRP.Types.Presence)One(0, 0, 0, 1, 2, 3, 7, -1);

    private long Time() => One(0, long.MinValue, long.MaxValue, 1_900_000_000_000_000_000);

    private T? Maybe<T>(Func<T> make)
        where T : class => random.Next(6) == 0 ? null : make();

    private T One<T>(params T[] items) => items[random.Next(items.Length)];
}
