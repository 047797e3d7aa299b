using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Scheduler.Models;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Networking;

/// <summary>Allocates a subnet to each cell.</summary>
internal static class Subnets
{
    private const int PrefixLength = 24;

    /// <summary>
    /// The configured subnet, or the one that the cell had before, or the first /24 of the pool that is neither leased nor in use.
    /// </summary>
    public static IPNetwork Choose(NetworkOptions options, string? before, LeaseDirectory leases, string owner)
    {
        if (options.Subnet is { } configured)
            return Parse(configured, "network.subnet");
        if (before is not null && leases.TryTake(Name(IPNetwork.Parse(before)), owner))
            return IPNetwork.Parse(before);

        var used = LocalNetworks();
        foreach (var candidate in Within(Parse(options.Pool, "network.pool")))
        {
            if (used.Any(network => Overlap(network, candidate)) || !leases.TryTake(Name(candidate), owner))
                continue;
            return candidate;
        }

        throw new ContainerRuntimeException($"no /{PrefixLength} subnet is free in {options.Pool}");
    }

    public static void Release(IPNetwork subnet, LeaseDirectory leases, string owner) => leases.Release(Name(subnet), owner);

    public static IPNetwork Parse(string text, string field) =>
        IPNetwork.TryParse(text, out var network)
        && network.BaseAddress.AddressFamily == AddressFamily.InterNetwork
        && network.PrefixLength <= 30
            ? network
            : throw DomainError
                .Invalid(field, $"must be an IPv4 network such as 10.254.0.0/24 with room for containers (was '{text}')")
                .ToException();

    public static IEnumerable<IPNetwork> Within(IPNetwork pool)
    {
        if (pool.PrefixLength >= PrefixLength)
        {
            yield return pool;
            yield break;
        }

        var first = ToNumber(pool.BaseAddress);
        for (uint i = 0; i < 1u << (PrefixLength - pool.PrefixLength); i++)
            yield return new IPNetwork(ToAddress(first + (i << (32 - PrefixLength))), PrefixLength);
    }

    public static bool Overlap(IPNetwork a, IPNetwork b) => a.Contains(b.BaseAddress) || b.Contains(a.BaseAddress);

    private static List<IPNetwork> LocalNetworks()
    {
        var networks = new List<IPNetwork>();
        foreach (var nic in NetworkInterface.GetAllNetworkInterfaces())
        {
            foreach (var address in nic.GetIPProperties().UnicastAddresses)
            {
                if (address.Address.AddressFamily != AddressFamily.InterNetwork)
                    continue;
                var mask = address.PrefixLength == 0 ? 0 : uint.MaxValue << (32 - address.PrefixLength);
                networks.Add(new IPNetwork(ToAddress(ToNumber(address.Address) & mask), address.PrefixLength));
            }
        }

        return networks;
    }

    private static string Name(IPNetwork network) => network.ToString().Replace('/', '_');

    private static uint ToNumber(IPAddress address) =>
        System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());

    private static IPAddress ToAddress(uint number)
    {
        var bytes = new byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return new IPAddress(bytes);
    }
}
