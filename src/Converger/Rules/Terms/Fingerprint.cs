namespace Scheduler.Converger.Rules.Terms;

/// <summary>
/// 64-bit hash of a set of strings or pairs, independent of their order. A million rows keep 8 bytes each instead of their routes and tags.
/// If two different sets collide (1 in 10^19), one update is not sent.
/// </summary>
internal readonly record struct Fingerprint(ulong Value)
{
    public static readonly Fingerprint Empty = default;

    // FNV-1a over UTF-16, then an avalanche step, so that a sum of many hashes is still well distributed.
    private const ulong FnvOffset = 14695981039346656037;
    private const ulong FnvPrime = 1099511628211;

    public static Fingerprint OfSet(IEnumerable<string> items)
    {
        var sum = Empty;
        foreach (var item in items)
            sum += Of(item);
        return sum;
    }

    public static Fingerprint OfPairs(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        var sum = Empty;
        foreach (var (key, value) in pairs)
            sum += Of(key, value);
        return sum;
    }

    public static Fingerprint Of(ReadOnlySpan<char> item) => new(Mix(Add(FnvOffset, item)));

    public static Fingerprint Of(ReadOnlySpan<char> key, ReadOnlySpan<char> value)
    {
        // U+0000 cannot occur in a tag's name, so ("a", "bc") and ("ab", "c") differ.
        var hash = Add(FnvOffset, key) * FnvPrime;
        return new(Mix(Add(hash, value)));
    }

    public static Fingerprint operator +(Fingerprint a, Fingerprint b) => new(unchecked(a.Value + b.Value));

    private static ulong Add(ulong hash, ReadOnlySpan<char> text)
    {
        foreach (var c in text)
            hash = unchecked((hash ^ c) * FnvPrime);
        return hash;
    }

    private static ulong Mix(ulong x)
    {
        unchecked
        {
            x ^= x >> 33;
            x *= 0xff51afd7ed558ccd;
            x ^= x >> 33;
            x *= 0xc4ceb9fe1a85ec53;
            return x ^ (x >> 33);
        }
    }
}
