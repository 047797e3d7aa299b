using System.CommandLine;
using Scheduler.Models;
using Scheduler.Rep.Networking;

namespace Scheduler.Cli.Services;

/// <summary>The flags for the network access of containers.</summary>
internal sealed class NetworkSettings(SettingSource settings)
{
    private readonly Option<string?> _egress = settings.Text(
        "--default-egress",
        "Egress of containers without egress rules: allow (all but the host, other containers and link-local addresses), "
            + "deny (name servers only)",
        "allow",
        "allow|deny"
    );

    private readonly Option<string?> _peers = settings.Text(
        "--container-to-container",
        "Traffic between containers of a cell unless their work sets it: deny, lrp (within an LRP), domain (within a domain)",
        "deny",
        "deny|lrp|domain"
    );

    private readonly Option<bool> _published = settings.Switch(
        "--published-ports-from-containers",
        "Let containers reach the mapped ports of this machine's containers (default: external callers only)"
    );

    private readonly Option<Duration> _check = settings.Duration(
        "--rules-check-interval",
        "How often the cell checks its packet filter rules and restores those that another program removed",
        new NetworkOptions().RulesCheckInterval
    );

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_egress, _peers, _published, _check])
            command.Options.Add(option);
    }

    /// <param name="subnet">Subnet of the containers; null for the first free one.</param>
    public NetworkOptions Read(ParseResult parsed, string? subnet = null) =>
        new()
        {
            Subnet = subnet,
            DefaultEgress = OneOf<EgressDefault>(parsed.GetValue(_egress)!, "default-egress", "allow or deny"),
            ContainerToContainer = OneOf<ContainerToContainer>(parsed.GetValue(_peers)!, "container-to-container", "deny, lrp or domain"),
            PublishedPortsFromContainers = parsed.GetValue(_published),
            RulesCheckInterval = parsed.GetValue(_check),
        };

    private static T OneOf<T>(string text, string flag, string names)
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (string.Equals(text, value.ToString(), StringComparison.OrdinalIgnoreCase))
                return value;
        }

        throw DomainError.Invalid(flag, $"must be {names}, not \"{text}\"").ToException();
    }
}
