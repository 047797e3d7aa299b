using ModificationTag = Scheduler.Contracts.V1.ModificationTag;

namespace Scheduler.Bbs.State;

/// <summary>
/// Turns rows as they are stored into rows as they are in memory: every part is there, and a million rows that name a few hundred cells
/// and domains share the strings.
/// </summary>
internal sealed class StoredRows
{
    // More names than any cluster has at a time; those of the past need not be kept.
    private const int MaxShared = 100_000;

    private readonly Dictionary<string, string> _shared = new(StringComparer.Ordinal);

    /// <summary>Why a row cannot be served; null if it can.</summary>
    public static string? WhyUnusable(ActualLRP row)
    {
        if (row.ActualLrpKey is not { ProcessGuid.Length: > 0 })
            return "it has no process guid";
        if (!Enum.IsDefined(row.Presence))
            return $"its presence {(int)row.Presence} is unknown";
        return
            row.State
                is ActualLrpStateNames.Unclaimed
                    or ActualLrpStateNames.Claimed
                    or ActualLrpStateNames.Running
                    or ActualLrpStateNames.Crashed
            ? null
            : $"its state \"{row.State}\" is unknown";
    }

    /// <summary>Why a row cannot be served; null if it can.</summary>
    public static string? WhyUnusable(OneOffTask row) =>
        row.State is < OneOffTask.Types.State.Pending or > OneOffTask.Types.State.Resolving
            ? $"its state {(int)row.State} is unknown"
            : null;

    public void Complete(DesiredLRP row) => row.Domain = Share(row.Domain);

    /// <param name="processGuid">The same name, if another row of the process has it already.</param>
    public void Complete(ActualLRP row, string processGuid)
    {
        row.ActualLrpInstanceKey ??= ActualLrpRows.NoInstance;
        row.ActualLrpNetInfo ??= ActualLrpRows.NoNetInfo;
        row.ModificationTag ??= new ModificationTag();
        row.State = ActualLrpStateNames.Parse(row.State).ToWire();
        row.ActualLrpKey.Domain = Share(row.ActualLrpKey.Domain);
        row.ActualLrpKey.ProcessGuid = processGuid;
        row.AvailabilityZone = Share(row.AvailabilityZone);
        if (row.CellId().Length > 0)
            row.ActualLrpInstanceKey.CellId = Share(row.CellId());
    }

    private string Share(string text)
    {
        if (_shared.TryGetValue(text, out var shared))
            return shared;
        if (_shared.Count == MaxShared)
            _shared.Clear();
        _shared.Add(text, text);
        return text;
    }
}
