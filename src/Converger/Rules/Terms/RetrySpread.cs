namespace Scheduler.Converger.Rules.Terms;

/// <summary>
/// Spread of retries that one event made due at the same moment: thousands of instances without a cell, all crashes caused by a lost
/// database. Each gets its own offset. The offset is not random but derived from the name, so that rules stay pure, a due time does not
/// change between two evaluations, and the audit agrees.
/// </summary>
internal static class RetrySpread
{
    // The bits of the golden ratio: its multiples are evenly distributed between 0 and 1, however many there are.
    private const ulong Golden = 0x9E3779B97F4A7C15;

    /// <returns>From 0 up to, but excluding, the spread; instances of one process are evenly spaced.</returns>
    public static TimeSpan Of(TimeSpan spread, string guid, int index)
    {
        var place = unchecked(Fingerprint.Of(guid).Value + ((ulong)index * Golden));
        return new((long)(((UInt128)place * (ulong)spread.Ticks) >> 64));
    }
}
