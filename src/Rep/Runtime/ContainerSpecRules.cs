using System.Text.Json;
using Scheduler.Models;

namespace Scheduler.Rep.Runtime;

/// <summary>Validation that every runtime applies before it changes anything.</summary>
internal static class ContainerSpecRules
{
    private const int LongestId = 128;

    /// <summary>The BBS's limit. The packet filter holds the rules in kernel memory.</summary>
    private const int MostDestinations = 4096;

    /// <exception cref="DomainException">With one violation per broken rule.</exception>
    public static void Check(ContainerSpec spec)
    {
        var broken = new List<FieldViolation>();
        void Rule(bool kept, string field, string rule)
        {
            if (!kept)
                broken.Add(new FieldViolation(field, rule));
        }

        Rule(IsId(spec.Handle), "handle", $"must be 1 to {LongestId} characters of A-Z a-z 0-9 _ . - and begin with a letter or digit");
        Rule(!string.IsNullOrEmpty(spec.RootFs), "rootfs", "must not be empty");
        Rule(spec.Limits.MemoryMb >= 0, "limits.memory_mb", "must be at least 0");
        Rule(spec.Limits.DiskMb >= 0, "limits.disk_mb", "must be at least 0");
        Rule(spec.Limits.MaxPids >= 0, "limits.max_pids", "must be at least 0");
        Rule(spec.Limits.CpuShares >= 0, "limits.cpu_shares", "must be at least 0");
        Rule(spec.Ports.All(port => port is >= 1 and <= 65_535), "ports", "must be from 1 to 65535");
        Rule(spec.Ports.Distinct().Count() == spec.Ports.Count, "ports", "must not contain duplicates");
        Rule(
            spec.Environment.All(IsVariable),
            "environment",
            "names must not be empty or contain '=' or NUL, and values must not contain NUL"
        );
        Rule(
            spec.Mounts.All(mount => IsPath(mount.Source) && IsPath(mount.Destination)),
            "mounts",
            "paths must be absolute and must not contain '..'"
        );
        Rule(
            spec.Mounts.DistinctBy(mount => mount.Destination).Count() == spec.Mounts.Count,
            "mounts",
            "must not have the same destination twice"
        );
        CheckEgress(spec.Egress ?? [], Rule);
        if (broken.Count > 0)
            throw DomainError.Invalid(broken).ToException();
    }

    private static void CheckEgress(IReadOnlyList<EgressRule> rules, Action<bool, string, string> rule)
    {
        rule(
            rules.Sum(egress => egress.Destinations.Sum(text => text.Split(',').Length)) <= MostDestinations,
            "egress_rules",
            $"must have at most {MostDestinations} destinations in all"
        );
        for (var i = 0; i < rules.Count; i++)
        {
            var egress = rules[i];
            rule(
                egress.Protocol is "tcp" or "udp" or "icmp" or "icmpv6" or "all",
                $"egress_rules[{i}].protocol",
                "must be tcp, udp, icmp, icmpv6 or all"
            );
            rule(
                egress.Destinations.All(AddressRanges.IsDestination),
                $"egress_rules[{i}].destinations",
                "must be IP addresses, CIDR blocks or ranges from a lower to a higher address"
            );
            rule(egress.Ports.All(port => port is >= 1 and <= 65_535), $"egress_rules[{i}].ports", "must be from 1 to 65535");
            rule(
                egress.PortRange is not { } range || (range.First >= 1 && range.First <= range.Last && range.Last <= 65_535),
                $"egress_rules[{i}].port_range",
                "must be a range within 1 to 65535"
            );
            rule(
                egress.Icmp is null or { Type: >= -1 and <= 255, Code: >= -1 and <= 255 },
                $"egress_rules[{i}].icmp_info",
                "must have type and code from -1 to 255"
            );
        }
    }

    public static void Check(string processId, ProcessSpec spec)
    {
        if (!IsId(processId))
            throw DomainError.Invalid("process_id", $"must be 1 to {LongestId} characters of A-Z a-z 0-9 _ . -").ToException();
        if (spec.Path.Contains('\0'))
            throw DomainError.Invalid("run.path", "must not contain NUL").ToException();
        if (spec.Args.Any(arg => arg.Contains('\0')))
            throw DomainError.Invalid("run.args", "must not contain NUL").ToException();
        if (!spec.Environment.All(IsVariable))
            throw DomainError
                .Invalid("run.env", "names must not be empty or contain '=' or NUL, and values must not contain NUL")
                .ToException();
        if (spec.Dir.Length > 0 && spec.Dir[0] != '/')
            throw DomainError.Invalid("run.dir", "must be an absolute path").ToException();
        if (spec.OpenFiles < 0)
            throw DomainError.Invalid("run.resource_limits.nofile", "must be at least 0").ToException();
    }

    /// <summary>A repeated request for a container must have exactly the same specification.</summary>
    public static void CheckSame(ContainerSpec existing, ContainerSpec asked)
    {
        if (Canonical(existing) == Canonical(asked))
            return;
        throw new DomainError(ErrorKind.ResourceConflict, $"container {asked.Handle} exists with a different specification").ToException();
    }

    public static bool IsId(string? id) =>
        id is { Length: > 0 and <= LongestId }
        && char.IsAsciiLetterOrDigit(id[0])
        && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');

    private static string Canonical(ContainerSpec spec) =>
        JsonSerializer.Serialize(
            spec with
            {
                Properties = new SortedDictionary<string, string>(spec.Properties.ToDictionary(), StringComparer.Ordinal),
            },
            RuntimeJson.Default.ContainerSpec
        );

    private static bool IsPath(string? path) => path is ['/', ..] && !path.Contains('\0') && !path.Split('/').Contains("..");

    private static bool IsVariable(EnvironmentVariable variable) =>
        variable.Name.Length > 0 && !variable.Name.Contains('=') && !variable.Name.Contains('\0') && !variable.Value.Contains('\0');
}
