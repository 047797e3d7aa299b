namespace Scheduler.Models;

/// <summary>Name of a cell: a real or simulated machine that runs containers. 1 to 255 characters.</summary>
public readonly record struct CellId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>One slot of a desired LRP: the process and an instance index. Convergence fills slots, and the auction places them.</summary>
/// <param name="ProcessGuid">The desired LRP's guid, <c>^[a-zA-Z0-9_-]+$</c>, at most 255 characters.</param>
/// <param name="Index">From 0 to instances − 1.</param>
public readonly record struct LrpKey(string ProcessGuid, int Index)
{
    /// <summary>Diego's identifier of an LRP's auction.</summary>
    public override string ToString() => $"{ProcessGuid}.{Index}";
}

/// <summary>One incarnation of a slot: the container and its cell.</summary>
public readonly record struct InstanceKey(string InstanceGuid, CellId CellId)
{
    public override string ToString() => $"{InstanceGuid}@{CellId}";
}

/// <summary>Version of a row: a new epoch when the row is created, and an index that increases by one with each change.</summary>
public readonly record struct ModificationTag(string Epoch, uint Index)
{
    public ModificationTag Next() => this with { Index = Index + 1 };

    /// <summary>
    /// Diego's rule: a tag is superseded by another if either is empty, the epochs differ, or the other's index is larger.
    /// </summary>
    public bool SucceededBy(ModificationTag other) =>
        string.IsNullOrEmpty(Epoch) || string.IsNullOrEmpty(other.Epoch) || Epoch != other.Epoch || Index < other.Index;
}
