using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Converger.Model;

/// <summary>
/// Record of the commands sent and the row version each was about. A command is not repeated while its effect is on its way, and is
/// repeated when no effect shows. The rules themselves are stateless.
/// </summary>
internal sealed class SentCommands(TimeSpan repeatAfter)
{
    private readonly record struct Subject(string Guid, int Index, SlotRows Row);

    private readonly record struct Version(Type Kind, string Epoch, long Index);

    private readonly record struct Entry(Version Version, DateTimeOffset Until);

    private readonly Dictionary<Subject, Entry> _sent = [];

    public int Count => _sent.Count;

    /// <summary>Whether the same command was sent recently; <paramref name="until"/> is when it may be sent again.</summary>
    public bool Holds(ConvergenceCommand command, DateTimeOffset now, out DateTimeOffset until)
    {
        var (subject, version) = Identify(command);
        if (_sent.TryGetValue(subject, out var entry) && entry.Version == version && entry.Until > now)
        {
            until = entry.Until;
            return true;
        }
        until = default;
        return false;
    }

    public void Add(ConvergenceCommand command, DateTimeOffset now)
    {
        var (subject, version) = Identify(command);
        _sent[subject] = new Entry(version, now + repeatAfter);
    }

    /// <summary>
    /// The command did not arrive. It may be sent again from <paramref name="again"/>; until then it does not count as missed.
    /// </summary>
    public void NotDelivered(ConvergenceCommand command, DateTimeOffset again)
    {
        var (subject, version) = Identify(command);
        if (_sent.TryGetValue(subject, out var entry) && entry.Version == version)
            _sent[subject] = entry with { Until = again };
    }

    /// <summary>
    /// A row has appeared or gone, which shows the effect of a sent command. The same decision later is a new one, but the version does not
    /// show that: a row that becomes SUSPECT, or ORDINARY again, keeps its version.
    /// </summary>
    public void RowChanged(LrpKey key, LrpPresence presence, bool isThere)
    {
        if (presence == LrpPresence.Ordinary && isThere)
            Drop<ConvergenceCommand.Create>(key, SlotRows.Ordinary);
        if (presence != LrpPresence.Suspect)
            return;
        if (isThere)
            Drop<ConvergenceCommand.Suspect>(key, SlotRows.Ordinary);
        else
            Drop<ConvergenceCommand.PromoteSuspect>(key, SlotRows.Suspect);
    }

    /// <summary>
    /// The cell of these has returned. Commands sent because of its loss were or will be refused, and must not suppress the same commands
    /// after its next loss.
    /// </summary>
    public void CellBack(IEnumerable<LrpKey> slots, IEnumerable<string> tasks)
    {
        foreach (var key in slots)
        {
            Drop<ConvergenceCommand.Suspect>(key, SlotRows.Ordinary);
            Drop<ConvergenceCommand.Unclaim>(key, SlotRows.Ordinary);
        }
        foreach (var guid in tasks)
            Drop<ConvergenceCommand.FailTask>(new Subject(guid, 0, SlotRows.None));
    }

    /// <summary>Removes expired entries.</summary>
    public void Purge(DateTimeOffset now)
    {
        foreach (var (subject, entry) in _sent)
        {
            if (entry.Until <= now)
                _sent.Remove(subject);
        }
    }

    /// <summary>Forgets everything and marks its subjects dirty: any of the commands may be sent again.</summary>
    public void Forget(DirtySet<LrpKey> slots, DirtySet<string> tasks)
    {
        foreach (var subject in _sent.Keys)
        {
            if (subject.Row == SlotRows.None)
                tasks.Add(subject.Guid);
            else
                slots.Add(new LrpKey(subject.Guid, subject.Index));
        }
        Clear();
    }

    public void Clear() => _sent.Clear();

    private void Drop<TCommand>(LrpKey key, SlotRows row) => Drop<TCommand>(new Subject(key.ProcessGuid, key.Index, row));

    private void Drop<TCommand>(in Subject subject)
    {
        if (_sent.TryGetValue(subject, out var entry) && entry.Version.Kind == typeof(TCommand))
            _sent.Remove(subject);
    }

    private static (Subject, Version) Identify(ConvergenceCommand command) =>
        command switch
        {
            ConvergenceCommand.OfRow row => (
                new Subject(row.Key.ProcessGuid, row.Key.Index, SlotRowsOf.Presence(row.Row.Presence)),
                new Version(row.GetType(), row.Row.Tag.Epoch, row.Row.Tag.Index)
            ),
            ConvergenceCommand.OfSlot slot => (
                new Subject(slot.Key.ProcessGuid, slot.Key.Index, slot.Touches),
                new Version(slot.GetType(), "", 0)
            ),
            // Demoting a task keeps its version and also submits its callback; the callback must not be submitted twice.
            ConvergenceCommand.DemoteTask or ConvergenceCommand.ResubmitCallback => OfTask(
                command,
                typeof(ConvergenceCommand.ResubmitCallback)
            ),
            _ => OfTask(command, command.GetType()),
        };

    private static (Subject, Version) OfTask(ConvergenceCommand command, Type kind)
    {
        var task = ((ConvergenceCommand.OfTask)command).Task;
        return (new Subject(task.TaskGuid, 0, SlotRows.None), new Version(kind, "", task.UpdatedAtNanos));
    }
}
