namespace Scheduler.Simulation.Invariants;

/// <summary>
/// Fingerprint of a row, so that two views of a cluster can be compared cheaply. Covers exactly the fields that events carry.
/// </summary>
internal static class RowPrint
{
    public static ulong Of(ActualLRP row) =>
        Of(row.ActualLrpKey, row.ActualLrpInstanceKey, row.Presence, row.State, row.Since, row.CrashCount, row.ModificationTag);

    public static ulong Of(DesiredLRP row) => Mix(Mix(Mix(1, row.ProcessGuid), (ulong)row.Instances), row.ModificationTag.Index);

    public static ulong Of(OneOffTask row) => Mix(Mix(Mix(Mix(2, row.TaskGuid), (ulong)row.State), (ulong)row.UpdatedAt), row.CellId);

    public static ulong Of(
        ActualLRPKey key,
        ActualLRPInstanceKey? instance,
        ActualLRP.Types.Presence presence,
        string state,
        long since,
        int crashes,
        Contracts.V1.ModificationTag? tag
    )
    {
        var print = Mix(Mix(Mix(3, key.ProcessGuid), (ulong)key.Index), (ulong)presence);
        print = Mix(Mix(Mix(print, state), (ulong)since), (ulong)crashes);
        // The event of a change that removes the instance key still contains it.
        if (state is ActualLrpStateNames.Claimed or ActualLrpStateNames.Running)
            print = Mix(Mix(print, instance?.InstanceGuid ?? ""), instance?.CellId ?? "");
        return Mix(Mix(print, tag?.Epoch ?? ""), tag?.Index ?? 0);
    }

    private static ulong Mix(ulong print, ulong value)
    {
        var mixed = (print ^ value) * 0x9E3779B97F4A7C15;
        return mixed ^ (mixed >> 31);
    }

    private static ulong Mix(ulong print, string text)
    {
        foreach (var letter in text)
            print = (print ^ letter) * 0x100000001B3;
        return Mix(print, (ulong)text.Length);
    }
}
