using System.Globalization;
using System.Text.Json.Nodes;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>Capabilities of root in a container.</summary>
internal static class Capabilities
{
    /// <summary>In the order of their kernel numbers, as far as runc 1.1 knows them.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        "CAP_CHOWN",
        "CAP_DAC_OVERRIDE",
        "CAP_DAC_READ_SEARCH",
        "CAP_FOWNER",
        "CAP_FSETID",
        "CAP_KILL",
        "CAP_SETGID",
        "CAP_SETUID",
        "CAP_SETPCAP",
        "CAP_LINUX_IMMUTABLE",
        "CAP_NET_BIND_SERVICE",
        "CAP_NET_BROADCAST",
        "CAP_NET_ADMIN",
        "CAP_NET_RAW",
        "CAP_IPC_LOCK",
        "CAP_IPC_OWNER",
        "CAP_SYS_MODULE",
        "CAP_SYS_RAWIO",
        "CAP_SYS_CHROOT",
        "CAP_SYS_PTRACE",
        "CAP_SYS_PACCT",
        "CAP_SYS_ADMIN",
        "CAP_SYS_BOOT",
        "CAP_SYS_NICE",
        "CAP_SYS_RESOURCE",
        "CAP_SYS_TIME",
        "CAP_SYS_TTY_CONFIG",
        "CAP_MKNOD",
        "CAP_LEASE",
        "CAP_AUDIT_WRITE",
        "CAP_AUDIT_CONTROL",
        "CAP_SETFCAP",
        "CAP_MAC_OVERRIDE",
        "CAP_MAC_ADMIN",
        "CAP_SYSLOG",
        "CAP_WAKE_ALARM",
        "CAP_BLOCK_SUSPEND",
        "CAP_AUDIT_READ",
        "CAP_PERFMON",
        "CAP_BPF",
        "CAP_CHECKPOINT_RESTORE",
    ];

    /// <summary>
    /// Enough for package managers and for servers that start as root. Leaves out those of Docker's default set that reach out of a
    /// container or help to: AUDIT_WRITE, MKNOD, NET_RAW, SYS_CHROOT.
    /// </summary>
    public static readonly IReadOnlySet<string> ByDefault = new HashSet<string>
    {
        "CAP_CHOWN",
        "CAP_DAC_OVERRIDE",
        "CAP_FOWNER",
        "CAP_FSETID",
        "CAP_KILL",
        "CAP_NET_BIND_SERVICE",
        "CAP_SETFCAP",
        "CAP_SETGID",
        "CAP_SETPCAP",
        "CAP_SETUID",
    };

    /// <summary>For the container's first process, which only waits.</summary>
    public static JsonObject None() =>
        new()
        {
            ["bounding"] = new JsonArray(),
            ["effective"] = new JsonArray(),
            ["permitted"] = new JsonArray(),
        };

    /// <summary>
    /// Users other than root start without capabilities; the set is the limit of what a set-user-id program could give them.
    /// </summary>
    /// <param name="wanted">Names.</param>
    /// <param name="available">Bits of the capabilities that the rep may pass on: a confined cell does not have all of them.</param>
    public static JsonObject For(IReadOnlySet<string> wanted, bool root, ulong available)
    {
        List<string> names = [.. All.Where((name, bit) => (available >> bit & 1) != 0 && wanted.Contains(name))];
        var capabilities = new JsonObject { ["bounding"] = Names(names) };
        if (root)
            (capabilities["effective"], capabilities["permitted"]) = (Names(names), Names(names));
        return capabilities;
    }

    /// <summary>The bounding set of this process.</summary>
    public static ulong Available() => Read(File.ReadLines("/proc/self/status"));

    public static ulong Read(IEnumerable<string> status)
    {
        const string field = "CapBnd:";
        var line = status.First(line => line.StartsWith(field, StringComparison.Ordinal));
        return ulong.Parse(line.AsSpan(field.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    private static JsonArray Names(IEnumerable<string> names) => [.. names.Select(name => (JsonNode)name)];
}
