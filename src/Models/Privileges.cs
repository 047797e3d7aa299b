namespace Scheduler.Models;

/// <summary>Extra privileges that work can request. A cell grants only those that its operator has allowed.</summary>
public static class Privileges
{
    /// <summary>A container with all capabilities and nothing hidden from it. Treat it as root on its cell.</summary>
    public const string Privileged = "privileged";

    private const string CapabilityPrefix = "CAP_";

    /// <summary>The kernel's name of a capability given with or without <c>CAP_</c>, in any case.</summary>
    public static string Capability(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var upper = name.ToUpperInvariant();
        return upper.StartsWith(CapabilityPrefix, StringComparison.Ordinal) ? upper : CapabilityPrefix + upper;
    }

    /// <summary>Whether the text is a capability name, such as <c>CAP_NET_RAW</c>.</summary>
    public static bool IsCapability(string name) =>
        name.Length > CapabilityPrefix.Length
        && name.StartsWith(CapabilityPrefix, StringComparison.Ordinal)
        && name.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_');
}
