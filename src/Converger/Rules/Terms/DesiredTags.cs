using System.Globalization;
using Scheduler.Models;

namespace Scheduler.Converger.Rules.Terms;

/// <summary>The desired metric tags of an LRP's instances: fixed ones, and ones whose value identifies the instance.</summary>
/// <param name="Fixed">Fingerprint of the tags that are the same for every instance.</param>
/// <param name="IndexTags">Names of the tags whose value is the index.</param>
/// <param name="InstanceGuidTags">Names of the tags whose value is the instance guid.</param>
internal sealed record DesiredTags(Fingerprint Fixed, IReadOnlyList<string> IndexTags, IReadOnlyList<string> InstanceGuidTags)
{
    public static readonly DesiredTags None = new(Fingerprint.Empty, [], []);

    public static DesiredTags AllFixed(IEnumerable<KeyValuePair<string, string>> tags) => new(Fingerprint.OfPairs(tags), [], []);

    /// <summary>Fingerprint that an instance with these tags would report.</summary>
    public Fingerprint For(LrpKey key, InstanceKey instance)
    {
        var sum = Fixed;
        if (IndexTags.Count > 0)
        {
            Span<char> digits = stackalloc char[11];
            key.Index.TryFormat(digits, out var length, provider: CultureInfo.InvariantCulture);
            for (var i = 0; i < IndexTags.Count; i++)
                sum += Fingerprint.Of(IndexTags[i], digits[..length]);
        }
        for (var i = 0; i < InstanceGuidTags.Count; i++)
            sum += Fingerprint.Of(InstanceGuidTags[i], instance.InstanceGuid);
        return sum;
    }

    public bool Equals(DesiredTags? other) =>
        other is not null
        && Fixed == other.Fixed
        && IndexTags.SequenceEqual(other.IndexTags)
        && InstanceGuidTags.SequenceEqual(other.InstanceGuidTags);

    public override int GetHashCode() => HashCode.Combine(Fixed, IndexTags.Count, InstanceGuidTags.Count);
}
