namespace Scheduler.Converger.Rules.Terms;

/// <summary>
/// What one event stopped falls due at the same moment: thousands of instances without a cell, all crashes of a lost database.
/// Each has a place of its own within a spread of time instead. The place is no chance but follows from the name, so that
/// rules stay functions of what they see, a due time does not move between two looks, and the audit agrees.
/// </summary>
internal static class RetrySpread
{
    // The golden ratio's bits: multiples of it fall evenly between 0 and 1, however many there are.
    private const ulong Golden = 0x9E3779B97F4A7C15;

    /// <returns>From 0 up to, not including, the spread; instances of one process lie evenly apart.</returns>
    public static TimeSpan Of(TimeSpan spread, string guid, int index)
    {
        var place = unchecked(Fingerprint.Of(guid).Value + ((ulong)index * Golden));
        return new((long)(((UInt128)place * (ulong)spread.Ticks) >> 64));
    }
}
