namespace Scheduler.RouteEmitter.Routing;

/// <summary>Which of its two addresses an instance prefers.</summary>
internal enum AddressPreference
{
    Unknown,
    Instance,
    Host,
}

/// <summary>An instance's addresses and ports as reported by its cell.</summary>
internal sealed record InstanceAddresses(string Host, string Container, AddressPreference Preference, IReadOnlyList<PortPair> Ports);

/// <summary>One port: in the container and on the cell, plain and through the TLS proxy; 0 for none.</summary>
internal readonly record struct PortPair(uint Container, uint Host, uint ContainerTls, uint HostTls);

/// <summary>Selection of the addresses at which the router dials an instance.</summary>
internal static class EndpointRules
{
    /// <summary>One endpoint for each port that can be dialled, and one for internal routes if the container has an address.</summary>
    /// <param name="addresses">What the cell reported.</param>
    /// <param name="directByDefault">Whether an instance without a preference is reached at its container's address.</param>
    /// <param name="instance">Guid, index, zone and time of the instance; its other members are overwritten.</param>
    public static IReadOnlyList<Endpoint> Endpoints(InstanceAddresses addresses, bool directByDefault, Endpoint instance)
    {
        var direct = addresses.Preference switch
        {
            AddressPreference.Instance => true,
            AddressPreference.Host => false,
            AddressPreference.Unknown => directByDefault,
        };
        var host = direct ? addresses.Container : addresses.Host;
        var endpoints = new List<Endpoint>(addresses.Ports.Count + 1);
        foreach (var port in addresses.Ports)
        {
            var endpoint = instance with
            {
                Kind = RouteKind.Http,
                Host = host,
                IsDirect = direct,
                ContainerPort = port.Container,
                Port = direct ? port.Container : port.Host,
                TlsPort = direct ? port.ContainerTls : port.HostTls,
            };
            // A message without an address would register a dead backend with the router.
            if (host.Length > 0 && endpoint.EffectivePort != 0)
                endpoints.Add(endpoint);
        }

        if (addresses.Container.Length > 0)
            endpoints.Add(
                instance with
                {
                    Kind = RouteKind.Internal,
                    Host = addresses.Container,
                    IsDirect = true,
                    ContainerPort = 0,
                    Port = 0,
                    TlsPort = 0,
                }
            );
        return endpoints;
    }
}
