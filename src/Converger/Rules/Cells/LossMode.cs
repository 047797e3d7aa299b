namespace Scheduler.Converger.Rules.Cells;

/// <summary>The current mode of giving up absent cells.</summary>
internal enum LossMode
{
    /// <summary>Each cell is given up as soon as it is absent, or no cell is absent.</summary>
    AtOnce,

    /// <summary>One by one, at a set rate.</summary>
    Paced,

    /// <summary>None before a given time.</summary>
    Held,
}
