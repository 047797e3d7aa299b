namespace Scheduler.Converger.Rules.Cells;

/// <summary>How absent cells are given up at present.</summary>
internal enum LossMode
{
    /// <summary>Each as soon as it is absent, or none is.</summary>
    AtOnce,

    /// <summary>One by one, at a set rate.</summary>
    Paced,

    /// <summary>None before a certain time.</summary>
    Held,
}
