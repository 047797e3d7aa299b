namespace Scheduler.Simulation.Invariants;

/// <summary>
/// The state of one follower of the event stream. Each event must fit the ones before it, each move must be legal, and at the end of each
/// revision the state must equal the database's at that revision.
/// </summary>
internal sealed class FollowedState(Action<string, string> violated, Func<TimeSpan> clockTolerance)
{
    public const string StreamRule = "every event stream is ordered and complete";
    public const string BackoffRule = "a crashed instance waits out its back-off";

    private readonly Dictionary<(string ProcessGuid, int Index, ActualLRP.Types.Presence Presence), Row> _actual = [];
    private readonly Dictionary<string, ulong> _desired = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OneOffTask> _tasks = new(StringComparer.Ordinal);
    private bool _isLoading;

    public ulong Print { get; private set; }

    public void BeginSnapshot()
    {
        _actual.Clear();
        _desired.Clear();
        _tasks.Clear();
        Print = 0;
        _isLoading = true;
    }

    public void EndSnapshot() => _isLoading = false;

    public void Apply(Event @event)
    {
        switch (@event.PayloadCase)
        {
            case Event.PayloadOneofCase.DesiredLrpCreated:
                PutDesired(@event.DesiredLrpCreated.DesiredLrp);
                break;
            case Event.PayloadOneofCase.DesiredLrpChanged:
                PutDesired(@event.DesiredLrpChanged.After);
                break;
            case Event.PayloadOneofCase.DesiredLrpRemoved:
                TakeDesired(@event.DesiredLrpRemoved.DesiredLrp.ProcessGuid);
                break;
            case Event.PayloadOneofCase.ActualLrpInstanceCreated:
                Create(@event.ActualLrpInstanceCreated.ActualLrp);
                break;
            case Event.PayloadOneofCase.ActualLrpInstanceChanged:
                Change(@event.ActualLrpInstanceChanged);
                break;
            case Event.PayloadOneofCase.ActualLrpInstanceRemoved:
                Remove(@event.ActualLrpInstanceRemoved.ActualLrp);
                break;
            case Event.PayloadOneofCase.TaskCreated:
                PutTask(@event.TaskCreated.Task);
                break;
            case Event.PayloadOneofCase.TaskChanged:
                ChangeTask(@event.TaskChanged);
                break;
            case Event.PayloadOneofCase.TaskRemoved:
                TakeTask(@event.TaskRemoved.Task.TaskGuid);
                break;
        }
    }

    private void Create(ActualLRP row)
    {
        var key = (row.ActualLrpKey.ProcessGuid, row.ActualLrpKey.Index, row.Presence);
        if (_actual.Remove(key, out var before))
            Print ^= before.Print;
        var after = new Row(row.State, row.Since, row.CrashCount, row.ModificationTag, ClusterTruth.InstanceOf(row), RowPrint.Of(row));
        _actual[key] = after;
        Print ^= after.Print;
        if (_isLoading || before is null)
            return;
        // A slot that is reopened is reported as created; in any other case, two rows would have one key.
        if (row.State != ActualLrpStateNames.Unclaimed || before.Instance.Length == 0)
            violated(StreamRule, $"created {Text(key)} {row.State}, which already exists as {before.State}");
    }

    private void Change(ActualLRPInstanceChangedEvent change)
    {
        var key = (change.ActualLrpKey.ProcessGuid, change.ActualLrpKey.Index, change.Before.Presence);
        if (!_actual.Remove(key, out var before))
        {
            violated(StreamRule, $"changed {Text(key)}, which was never created");
            return;
        }

        Print ^= before.Print;
        if (before.State != change.Before.State || before.Tag.Index != change.Before.ModificationTag.Index)
            violated(
                StreamRule,
                $"changed {Text(key)} from {change.Before.State} {change.Before.ModificationTag.Index}, which was {before.State} {before.Tag.Index}"
            );
        var (now, print) = (
            change.After,
            RowPrint.Of(
                change.ActualLrpKey,
                change.ActualLrpInstanceKey,
                change.After.Presence,
                change.After.State,
                change.After.Since,
                change.After.CrashCount,
                change.After.ModificationTag
            )
        );
        var hasInstance = now.State is ActualLrpStateNames.Claimed or ActualLrpStateNames.Running;
        var after = new Row(
            now.State,
            now.Since,
            now.CrashCount,
            now.ModificationTag,
            hasInstance ? change.ActualLrpInstanceKey.InstanceGuid : "",
            print
        );
        var to = (key.ProcessGuid, key.Index, now.Presence);
        if (_actual.Remove(to, out var replaced))
            Print ^= replaced.Print;
        _actual[to] = after;
        Print ^= after.Print;
        if (!LrpMoves.Allows(key.Presence, now.Presence))
            violated(Moves.Rule, $"{Text(key)} became {now.Presence}");
        if (key.Presence == ActualLRP.Types.Presence.Ordinary && now.Presence == ActualLRP.Types.Presence.Ordinary)
            Check(key, before, after);
    }

    // A commit may combine several moves into one change, but its events report them one by one.
    private void Check((string, int, ActualLRP.Types.Presence) key, Row before, Row after)
    {
        if (!LrpMoves.Allows(before.State, after.State, before.Instance == after.Instance))
            violated(Moves.Rule, $"{Text(key)} went from {before.State} to {after.State}");
        if (after.Tag.Epoch == before.Tag.Epoch && after.Tag.Index <= before.Tag.Index)
            violated(Moves.Rule, $"{Text(key)} went from tag {before.Tag.Index} to {after.Tag.Index}");
        if (before.State != ActualLrpStateNames.Crashed || after.State != ActualLrpStateNames.Unclaimed)
            return;
        var waited = TimeSpan.FromTicks((after.Since - before.Since) / TimeSpan.NanosecondsPerTick);
        if (RestartPolicy.Backoff(before.Crashes) is not { } wait || waited + clockTolerance() < wait)
            violated(BackoffRule, $"{Text(key)} restarted {waited} after crash {before.Crashes}");
    }

    private void Remove(ActualLRP row)
    {
        var key = (row.ActualLrpKey.ProcessGuid, row.ActualLrpKey.Index, row.Presence);
        // An instance that gave up its slot is reported as removed after the slot was reported as created.
        if (
            !_actual.TryGetValue(key, out var known)
            || known.Tag.Index != row.ModificationTag.Index
            || known.Tag.Epoch != row.ModificationTag.Epoch
        )
            return;
        _actual.Remove(key);
        Print ^= known.Print;
    }

    private void PutDesired(DesiredLRP lrp)
    {
        TakeDesired(lrp.ProcessGuid);
        Print ^= _desired[lrp.ProcessGuid] = RowPrint.Of(lrp);
    }

    private void TakeDesired(string processGuid)
    {
        if (_desired.Remove(processGuid, out var print))
            Print ^= print;
    }

    private void ChangeTask(TaskChangedEvent change)
    {
        var (before, after) = (change.Before.State, change.After.State);
        if (_tasks.GetValueOrDefault(change.After.TaskGuid) is not { } known || known.State != before)
            violated(
                StreamRule,
                $"changed task {change.After.TaskGuid} from {before}, which was {_tasks.GetValueOrDefault(change.After.TaskGuid)?.State.ToString() ?? "never created"}"
            );
        if (!TaskMoves.Allows(before, after))
            violated(Moves.Rule, $"task {change.After.TaskGuid} went from {before} to {after}");
        PutTask(change.After);
    }

    private void PutTask(OneOffTask task)
    {
        TakeTask(task.TaskGuid);
        _tasks[task.TaskGuid] = task;
        Print ^= RowPrint.Of(task);
    }

    private void TakeTask(string guid)
    {
        if (_tasks.Remove(guid, out var known))
            Print ^= RowPrint.Of(known);
    }

    private static string Text((string ProcessGuid, int Index, ActualLRP.Types.Presence Presence) key) =>
        $"{key.ProcessGuid}/{key.Index} {key.Presence}";

    private sealed record Row(
        string State,
        long Since,
        int Crashes,
        Scheduler.Contracts.V1.ModificationTag Tag,
        string Instance,
        ulong Print
    );
}
