using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Networking;

/// <summary>The addresses of a cell's subnet. Each is leased to a path, and free again at the latest when that path is gone.</summary>
internal sealed class AddressPool
{
    private readonly ConcurrentDictionary<string, string> _held = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly LeaseDirectory _leases;
    private readonly IPNetwork _subnet;
    private readonly uint _first;
    private readonly uint _count;
    private uint _next;

    /// <param name="directory">Where the leases are kept.</param>
    public AddressPool(IPNetwork subnet, string directory)
    {
        _subnet = subnet;
        _leases = LeaseDirectory.OfMachine(Path.GetDirectoryName(directory)!, Path.GetFileName(directory));
        var network = BinaryPrimitives.ReadUInt32BigEndian(subnet.BaseAddress.GetAddressBytes());
        Gateway = AddressOf(network + 1);
        _first = network + 2;
        _count = (1u << (32 - subnet.PrefixLength)) - 3; // without the network, the gateway and broadcast
        // Round robin. After a restart from anywhere: something may still be on its way to an address that was used last.
        _next = Directory.Exists(directory) ? (uint)RandomNumberGenerator.GetInt32((int)Math.Min(_count, int.MaxValue)) : 0;
    }

    /// <summary>The host's own address.</summary>
    public IPAddress Gateway { get; }

    /// <exception cref="ContainerRuntimeException">All addresses are leased.</exception>
    public IPAddress Take(string owner)
    {
        lock (_lock)
        {
            for (var tried = 0u; tried < _count; tried++)
            {
                var address = AddressOf(_first + _next);
                _next = (_next + 1) % _count;
                if (!_leases.TryTake(address.ToString(), owner))
                    continue;
                _held[owner] = address.ToString();
                return address;
            }
        }

        throw new ContainerRuntimeException($"no address is left: the cell's containers use all {_count} addresses of {_subnet}");
    }

    /// <summary>Leases an address that is in use already.</summary>
    public void Keep(string address, string owner)
    {
        if (_leases.TryTake(address, owner))
            _held[owner] = address;
    }

    /// <summary>Succeeds if there is nothing to release.</summary>
    public void Release(string owner)
    {
        if (_held.TryRemove(owner, out var address))
            _leases.Release(address, owner);
        else
            _leases.ReleaseAll(owner); // of an earlier rep
    }

    private static IPAddress AddressOf(uint number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return new IPAddress(bytes);
    }
}
