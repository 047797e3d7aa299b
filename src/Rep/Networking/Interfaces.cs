using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Networking;

/// <summary>Network interfaces of the current thread's network namespace, by the old calls that need no messages to the kernel.</summary>
internal static partial class Interfaces
{
    private const ulong AddRoute = 0x890B,
        GetFlags = 0x8913,
        SetFlags = 0x8914,
        SetAddress = 0x8916,
        SetMask = 0x891C,
        GetHardwareAddress = 0x8927,
        GetIndex = 0x8933,
        RemoveBridgePort = 0x89A3;

    private const short InternetFamily = 2,
        IsUp = 1,
        RouteIsUp = 1,
        RouteHasGateway = 2;

    // struct ifreq: 16 bytes for the name, then what is asked or set.
    private const int RequestBytes = 40,
        ValueAt = 16;

    /// <exception cref="ContainerRuntimeException">There is no such interface.</exception>
    public static void Raise(string name)
    {
        using var socket = OpenSocket();
        Raise(socket, name);
    }

    /// <summary>Gives an interface its address, raises it, and sends through the gateway whatever is not for its own network.</summary>
    /// <exception cref="ContainerRuntimeException">There is no such interface.</exception>
    public static void Configure(string name, IPAddress address, int prefixLength, IPAddress gateway)
    {
        using var socket = OpenSocket();
        Call(socket, SetAddress, Request(name, SocketAddress(address)), name);
        var mask = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(mask, prefixLength == 0 ? 0 : uint.MaxValue << (32 - prefixLength));
        Call(socket, SetMask, Request(name, SocketAddress(new IPAddress(mask))), name);
        Raise(socket, name);

        const int routeBytes = 120,
            destinationAt = 8,
            gatewayAt = 24,
            maskAt = 40,
            flagsAt = 56;
        var route = new byte[routeBytes];
        SocketAddress(IPAddress.Any).CopyTo(route, destinationAt);
        SocketAddress(gateway).CopyTo(route, gatewayAt);
        SocketAddress(IPAddress.Any).CopyTo(route, maskAt);
        BitConverter.TryWriteBytes(route.AsSpan(flagsAt), (short)(RouteIsUp | RouteHasGateway));
        Call(socket, AddRoute, route, name);
    }

    /// <summary>Such as <c>0a:58:0a:fe:00:01</c>; null: there is no such interface.</summary>
    public static string? HardwareAddress(string name)
    {
        using var socket = OpenSocket();
        var request = Request(name, []);
        return Control(socket, GetHardwareAddress, request) == 0
            ? string.Join(':', request.AsSpan(ValueAt + 2, 6).ToArray().Select(part => part.ToString("x2")))
            : null;
    }

    /// <summary>Takes an interface off its bridge; succeeds if it is on none.</summary>
    public static void LeaveBridge(string name, string bridge)
    {
        using var socket = OpenSocket();
        var request = Request(name, []);
        if (Control(socket, GetIndex, request) != 0)
            return;
        var index = request.AsSpan(ValueAt, 4).ToArray();
        if (Control(socket, RemoveBridgePort, Request(bridge, index)) != 0 && Native.LastError().NativeErrorCode is not Native.Invalid)
            throw Failed(name);
    }

    private static void Raise(SafeFileHandle socket, string name)
    {
        var request = Request(name, []);
        Call(socket, GetFlags, request, name);
        BitConverter.TryWriteBytes(request.AsSpan(ValueAt), (short)(BitConverter.ToInt16(request, ValueAt) | IsUp));
        Call(socket, SetFlags, request, name);
    }

    private static byte[] Request(string name, byte[] value)
    {
        var request = new byte[RequestBytes];
        Encoding.ASCII.GetBytes(name).CopyTo(request, 0);
        value.CopyTo(request, ValueAt);
        return request;
    }

    /// <summary>struct sockaddr_in: family, port, address.</summary>
    private static byte[] SocketAddress(IPAddress address)
    {
        var bytes = new byte[16];
        BitConverter.TryWriteBytes(bytes, InternetFamily);
        address.GetAddressBytes().CopyTo(bytes, 4);
        return bytes;
    }

    private static void Call(SafeFileHandle socket, ulong request, byte[] argument, string name)
    {
        if (Control(socket, request, argument) != 0)
            throw Failed(name);
    }

    private static int Control(SafeFileHandle socket, ulong request, byte[] argument) => Native.Control(socket, request, argument);

    private static ContainerRuntimeException Failed(string name) =>
        new($"cannot set up the network interface {name}: {Native.LastError().Message}");

    private static SafeFileHandle OpenSocket()
    {
        const int datagram = 2,
            closeOnExec = 0x8_0000;
        var socket = new SafeFileHandle(Socket(InternetFamily, datagram | closeOnExec, 0), ownsHandle: true);
        if (!socket.IsInvalid)
            return socket;
        var failure = Native.LastError();
        socket.Dispose();
        throw new ContainerRuntimeException($"cannot open a socket: {failure.Message}");
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Socket(int domain, int type, int protocol);
}
