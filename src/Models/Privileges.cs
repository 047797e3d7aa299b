namespace Scheduler.Models;

/// <summary>What work can ask for that reaches further than other work does. A cell gives only what its operator has allowed.</summary>
public static class Privileges
{
    /// <summary>A container with all capabilities and nothing hidden from it: root of its cell, for all that can be promised.</summary>
    public const string Privileged = "privileged";

    private const string CapabilityPrefix = "CAP_";

    /// <summary>The kernel's name of a capability that people write with or without <c>CAP_</c>, in any case.</summary>
    public static string Capability(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var upper = name.ToUpperInvariant();
        return upper.StartsWith(CapabilityPrefix, StringComparison.Ordinal) ? upper : CapabilityPrefix + upper;
    }

    /// <summary>Whether it is the name of a capability, such as <c>CAP_NET_RAW</c>.</summary>
    public static bool IsCapability(string name) =>
        name.Length > CapabilityPrefix.Length && name.StartsWith(CapabilityPrefix, StringComparison.Ordinal) && name.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_');
}
