using System.Globalization;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Networking.Policy;

/// <summary>Translates an egress rule into an nftables match.</summary>
internal static class EgressText
{
    private const int LongestLogName = 64; // the kernel accepts 127 characters, including the surrounding text

    /// <returns>Null if the rule allows nothing that a container could send, such as IPv6.</returns>
    public static string? Match(EgressRule rule)
    {
        var ranges = AddressRanges.Of(rule.Destinations);
        if (ranges.Count == 0 || Protocol(rule) is not { } protocol)
            return null;
        var everywhere = ranges is [(0, uint.MaxValue)];
        return everywhere ? protocol : $"ip daddr {{ {string.Join(", ", ranges.Select(AddressRanges.Text))} }} {protocol}".TrimEnd();
    }

    public static string LogPrefix(string handle) => $"scheduler egress {handle[..Math.Min(handle.Length, LongestLogName)]}: ";

    private static string? Protocol(EgressRule rule) =>
        rule switch
        {
            { Protocol: "all" } => "",
            { Protocol: "icmp", Icmp: null or { Type: < 0 } } => "meta l4proto icmp",
            { Protocol: "icmp", Icmp: { Code: < 0 } icmp } => Invariant($"icmp type {icmp.Type}"),
            { Protocol: "icmp", Icmp: { } icmp } => Invariant($"icmp type {icmp.Type} icmp code {icmp.Code}"),
            { Protocol: "tcp" or "udp", PortRange: { } range } => Invariant($"{rule.Protocol} dport {range.First}-{range.Last}"),
            { Protocol: "tcp" or "udp", Ports.Count: > 0 } =>
                $"{rule.Protocol} dport {{ {string.Join(", ", rule.Ports.Distinct().Order().Select(port => port.ToString(CultureInfo.InvariantCulture)))} }}",
            _ => null,
        };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
