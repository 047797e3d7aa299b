namespace Scheduler.Rep.Identity;

/// <summary>The life of a certificate.</summary>
/// <param name="From">When it was issued.</param>
internal readonly record struct Validity(DateTimeOffset From, DateTimeOffset To)
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(4);
    private static readonly TimeSpan Reserve = TimeSpan.FromMinutes(30);

    /// <summary>When to issue the next one, as Diego does: half an hour before the end, after 7/8 of a life of at most four hours.</summary>
    public DateTimeOffset RenewAt => To - From > Long ? To - Reserve : To - ((To - From) / 8);
}
