using System.Security.Cryptography;
using System.Text;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Networking.Policy;

/// <summary>
/// Groups of containers on a cell that exchange packets with each other. The work chooses its container's policy; otherwise the cell's
/// default applies.
/// </summary>
internal static class PeerGroups
{
    /// <summary>Name of the network property of an LRP or a task: <c>deny</c>, <c>lrp</c> or <c>domain</c>.</summary>
    public const string Property = "container_to_container";

    /// <param name="properties">The container's properties, with those of its network as <c>network.NAME</c>.</param>
    /// <returns>Null: no group. An unknown policy counts as <c>deny</c>.</returns>
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
            ContainerToContainer.Lrp when properties.GetValueOrDefault(WorkProperties.ProcessGuid) is { Length: > 0 } process => Name(
                "lrp",
                process
            ),
            ContainerToContainer.Domain when properties.GetValueOrDefault(WorkProperties.Domain) is { Length: > 0 } domain => Name(
                "domain",
                domain
            ),
            _ => null,
        };
    }

    // nftables names must be short and have a limited character set.
    private static string Name(string kind, string name) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{kind} {name}")))[..16];
}
