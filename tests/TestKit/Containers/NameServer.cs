using System.Net;
using System.Net.Sockets;

namespace Scheduler.Tests.TestKit.Containers;

/// <summary>
/// A name server that knows one name with an IPv4 address, in the network namespace of the thread that makes it. Other names do not exist.
/// </summary>
public sealed class NameServer : IDisposable
{
    private const int HeaderBytes = 12;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly string _name;
    private readonly byte[] _address;
    private readonly Thread _thread;

    public NameServer(string listen, string name, string address)
    {
        (_name, _address) = (name, IPAddress.Parse(address).GetAddressBytes());
        _socket.Bind(new IPEndPoint(IPAddress.Parse(listen), 53));
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    public void Dispose()
    {
        _socket.Dispose(); // ends the wait for the next query
        _thread.Join();
    }

    private void Serve()
    {
        var query = new byte[512];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        try
        {
            while (true)
            {
                var length = _socket.ReceiveFrom(query, ref from);
                _socket.SendTo(Answer(query.AsSpan(0, length)), from);
            }
        }
        catch (SocketException)
        {
            // disposed
        }
        catch (ObjectDisposedException)
        {
            // disposed
        }
    }

    /// <summary>RFC 1035: the header, the question again, and at most one address.</summary>
    private byte[] Answer(ReadOnlySpan<byte> query)
    {
        var labels = new List<string>();
        var at = HeaderBytes;
        while (query[at] > 0)
        {
            labels.Add(System.Text.Encoding.ASCII.GetString(query.Slice(at + 1, query[at])));
            at += query[at] + 1;
        }

        var isAddress = query[at + 2] == 1; // type A; AAAA is 28
        var end = at + 5;
        var known = string.Join('.', labels).Equals(_name, StringComparison.OrdinalIgnoreCase);
        List<byte> answer = [.. query[..end]];
        (answer[2], answer[3]) = (0x85, (byte)(known ? 0x80 : 0x83)); // an authoritative answer; 3: no such name
        (answer[7], answer[9], answer[11]) = ((byte)(known && isAddress ? 1 : 0), 0, 0);
        if (known && isAddress)
            answer.AddRange([0xC0, HeaderBytes, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, .. _address]);
        return [.. answer];
    }
}
