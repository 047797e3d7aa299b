using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Scheduler.Models;

namespace Scheduler.Rep.Networking;

/// <summary>Allocates host ports for containers that no other cell has leased and no program listens on.</summary>
internal sealed class HostPorts(LeaseDirectory leases, int first, int last)
{
    private readonly Lock _lock = new();
    private int _offset;

    /// <summary>Leases this many free ports to <paramref name="owner"/>.</summary>
    /// <exception cref="DomainException"><see cref="ErrorKind.InsufficientResources"/>: the range is exhausted; nothing stays
    /// leased.</exception>
    public IReadOnlyList<int> Take(int count, string owner)
    {
        var taken = new List<int>(count);
        lock (_lock)
        {
            for (var tried = 0; taken.Count < count; tried++)
            {
                if (tried > last - first)
                {
                    Release(taken, owner);
                    throw new DomainError(
                        ErrorKind.InsufficientResources,
                        $"fewer than {count} host ports are free between {first} and {last}"
                    ).ToException();
                }

                // Round robin instead of lowest first: connections may still be on their way to a port that was just released.
                var port = first + _offset;
                _offset = (_offset + 1) % (last - first + 1);
                if (taken.Contains(port) || !leases.TryTake(Name(port), owner))
                    continue;
                if (IsFree(port))
                    taken.Add(port);
                else
                    leases.Release(Name(port), owner);
            }
        }

        return taken;
    }

    public void Release(IEnumerable<int> ports, string owner)
    {
        foreach (var port in ports)
            leases.Release(Name(port), owner);
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Any, port));
            return true;
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            return false;
        }
    }

    private static string Name(int port) => port.ToString(CultureInfo.InvariantCulture);
}
