using System.Security.Cryptography;
using System.Text;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Networking.Policy;

/// <summary>Which containers of a cell exchange packets: those of one group. What a container belongs to is the wish of its work, else the cell's default.</summary>
internal static class PeerGroups
{
    /// <summary>Among the network properties of an LRP or a task: <c>deny</c>, <c>lrp</c> or <c>domain</c>.</summary>
    public const string Property = "container_to_container";

    /// <param name="properties">The container's, with those of its network as <c>network.NAME</c>.</param>
    /// <returns>Null: of none. What names no known policy is taken for <c>deny</c>.</returns>
    public static string? Of(IReadOnlyDictionary<string, string> properties, ContainerToContainer byDefault)
    {
        var wish = properties.GetValueOrDefault("network." + Property) switch
        {
            null => byDefault,
            "lrp" => ContainerToContainer.Lrp,
            "domain" => ContainerToContainer.Domain,
            _ => ContainerToContainer.Deny,
        };
        return wish switch
        {
            ContainerToContainer.Lrp when properties.GetValueOrDefault(WorkProperties.ProcessGuid) is { Length: > 0 } process => Name("lrp", process),
            ContainerToContainer.Domain when properties.GetValueOrDefault(WorkProperties.Domain) is { Length: > 0 } domain => Name("domain", domain),
            _ => null,
        };
    }

    // A name of the packet filter is short and has few characters.
    private static string Name(string kind, string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{kind} {name}")))[..16];
}
