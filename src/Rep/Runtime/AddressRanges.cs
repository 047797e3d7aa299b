using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Scheduler.Rep.Runtime;

/// <summary>Converts the destinations of an egress rule into disjoint IPv4 ranges. Skips IPv6, which containers do not have.</summary>
internal static class AddressRanges
{
    public static IReadOnlyList<(uint First, uint Last)> Of(IEnumerable<string> destinations)
    {
        var ranges = destinations
            .SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Select(Parse)
            .OfType<(uint First, uint Last)>()
            .Order()
            .ToList();
        var merged = new List<(uint First, uint Last)>();
        foreach (var (first, last) in ranges)
        {
            if (merged.Count > 0 && (merged[^1].Last == uint.MaxValue || first <= merged[^1].Last + 1))
                merged[^1] = (merged[^1].First, Math.Max(merged[^1].Last, last));
            else
                merged.Add((first, last));
        }

        return merged;
    }

    public static string Text((uint First, uint Last) range) =>
        range.First == range.Last ? Address(range.First).ToString() : $"{Address(range.First)}-{Address(range.Last)}";

    /// <summary>Whether the destination is valid, for either address family.</summary>
    public static bool IsDestination(string text) =>
        text.Split(',', StringSplitOptions.TrimEntries).All(part => Parse(part) is not null || IsIpv6(part));

    private static (uint First, uint Last)? Parse(string text)
    {
        if (text.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash)
        {
            if (
                Number(text[..slash]) is not { } address
                || !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var prefix)
                || prefix > 32
            )
                return null;
            // Bits after the prefix may be set, as in Diego.
            var mask = prefix == 0 ? 0 : uint.MaxValue << (32 - prefix);
            return (address & mask, address | ~mask);
        }

        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var (from, to) = dash < 0 ? (text, text) : (text[..dash], text[(dash + 1)..]);
        return Number(from) is { } first && Number(to) is { } last && first <= last ? (first, last) : null;
    }

    // IPAddress also parses "1" and "0x7f.1", which are surely mistakes.
    private static uint? Number(string text) =>
        text.Count(c => c == '.') == 3 && IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork
            ? BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes())
            : null;

    private static bool IsIpv6(string text) =>
        text.Split('/', '-') is [var address, ..] && address.Contains(':', StringComparison.Ordinal) && IPAddress.TryParse(address, out _);

    private static IPAddress Address(uint number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return new IPAddress(bytes);
    }
}
