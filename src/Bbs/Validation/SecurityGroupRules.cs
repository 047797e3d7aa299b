using System.Net;

namespace Scheduler.Bbs.Validation;

/// <summary>Validates egress rules.</summary>
internal static class SecurityGroupRules
{
    public static void Check(SecurityGroupRule rule, string path, Violations violations)
    {
        switch (rule.Protocol)
        {
            case "tcp" or "udp":
                CheckPorts(rule, path, violations);
                Absent(rule.IcmpInfo is null, $"{path}.icmp_info", rule.Protocol, violations);
                break;
            case "icmp" or "icmpv6":
                violations.Present(rule.IcmpInfo, $"{path}.icmp_info");
                Absent(rule.Ports.Count == 0, $"{path}.ports", rule.Protocol, violations);
                Absent(rule.PortRange is null, $"{path}.port_range", rule.Protocol, violations);
                break;
            case "all":
                Absent(rule.Ports.Count == 0, $"{path}.ports", rule.Protocol, violations);
                Absent(rule.PortRange is null, $"{path}.port_range", rule.Protocol, violations);
                Absent(rule.IcmpInfo is null, $"{path}.icmp_info", rule.Protocol, violations);
                break;
            default:
                violations.Add($"{path}.protocol", "must be tcp, udp, icmp, icmpv6 or all");
                break;
        }
        violations.Require(rule.Destinations.Count > 0, $"{path}.destinations", "must have at least one destination");
        for (var i = 0; i < rule.Destinations.Count; i++)
        {
            foreach (var destination in rule.Destinations[i].Split(','))
                violations.Require(
                    IsDestination(destination.Trim()),
                    $"{path}.destinations[{i}]",
                    "must be IP addresses, CIDR blocks or ranges from a lower to a higher address"
                );
        }
    }

    private static void CheckPorts(SecurityGroupRule rule, string path, Violations violations)
    {
        if (rule.Ports.Count > 0 == rule.PortRange is not null)
        {
            violations.Add($"{path}.ports", "must be set, or port_range, but not both");
            return;
        }
        for (var i = 0; i < rule.Ports.Count; i++)
            violations.Require(rule.Ports[i] is >= 1 and <= 65_535, $"{path}.ports[{i}]", "must be from 1 to 65535");
        if (rule.PortRange is not { } range)
            return;
        violations.Require(range.Start is >= 1 and <= 65_535, $"{path}.port_range.start", "must be from 1 to 65535");
        violations.Require(range.End is >= 1 and <= 65_535, $"{path}.port_range.end", "must be from 1 to 65535");
        violations.Require(range.Start <= range.End, $"{path}.port_range", "must not end before it starts");
    }

    private static void Absent(bool absent, string field, string protocol, Violations violations) =>
        violations.Require(absent, field, $"must not be set for protocol {protocol}");

    private static bool IsDestination(string text)
    {
        if (text.Contains('/'))
            return IPNetwork.TryParse(text, out _) || IsLooseCidr(text);
        var dash = text.IndexOf('-');
        if (dash < 0)
            return IsAddress(text, out _);
        return IsAddress(text[..dash], out var start)
            && IsAddress(text[(dash + 1)..], out var end)
            && start!.AddressFamily == end!.AddressFamily
            && start.GetAddressBytes().AsSpan().SequenceCompareTo(end.GetAddressBytes()) <= 0;
    }

    // Like Diego, accept 10.0.0.1/8, which has bits set beyond the prefix.
    private static bool IsLooseCidr(string text)
    {
        var slash = text.IndexOf('/');
        return IsAddress(text[..slash], out var address)
            && int.TryParse(text.AsSpan(slash + 1), System.Globalization.NumberStyles.None, null, out var prefix)
            && prefix <= address!.GetAddressBytes().Length * 8;
    }

    // IPAddress also parses "1" and "0x7f.1", which are never intended.
    private static bool IsAddress(string text, out IPAddress? address) =>
        IPAddress.TryParse(text, out address) && (text.Contains(':') || text.Count(c => c == '.') == 3);
}
