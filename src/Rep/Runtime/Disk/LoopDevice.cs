using System.Buffers.Binary;
using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Disk;

/// <summary>A file attached as a block device until its last user is gone: first this object, then the mount.</summary>
internal sealed class LoopDevice : IDisposable
{
    private const uint GetFree = 0x4C82;
    private const uint Configure = 0x4C0A;
    private const int AutoClear = 4;

    /// <summary>Another process may take the free device between the request for it and its use.</summary>
    private const int Attempts = 50;

    private readonly SafeFileHandle _device;

    private LoopDevice(string path, SafeFileHandle device) => (Path, _device) = (path, device);

    public string Path { get; }

    /// <exception cref="ContainerRuntimeException">The machine has no loop devices, or none is left.</exception>
    public static LoopDevice Attach(string file)
    {
        using var control = Open("/dev/loop-control");
        using var backing = Open(file);
        for (var attempt = 1; ; attempt++)
        {
            var number = Native.Control(control, GetFree, 0);
            if (number < 0)
                throw Failed("no loop device is free");
            var path = string.Create(CultureInfo.InvariantCulture, $"/dev/loop{number}");
            var device = Open(path);
            if (Native.Control(device, Configure, Configuration(backing)) == 0)
                return new LoopDevice(path, device);
            var isTaken = Marshal.GetLastPInvokeError() == Native.Busy;
            var failure = Failed($"cannot attach {file} to {path}");
            device.Dispose();
            if (!isTaken || attempt == Attempts)
                throw failure;
        }
    }

    public void Dispose() => _device.Dispose();

    /// <summary>struct loop_config: file descriptor, block size (0: default), loop_info64 with its flags, reserved space.</summary>
    private static byte[] Configuration(SafeFileHandle backing)
    {
        const int flagsAt = 8 + 52;
        var config = new byte[304];
        BinaryPrimitives.WriteInt32LittleEndian(config, (int)backing.DangerousGetHandle());
        BinaryPrimitives.WriteInt32LittleEndian(config.AsSpan(flagsAt), AutoClear);
        return config;
    }

    private static SafeFileHandle Open(string path)
    {
        var handle = Native.OpenFile(path, Native.OpenReadWrite);
        return handle.IsInvalid ? throw Failed($"cannot open {path}") : handle;
    }

    private static ContainerRuntimeException Failed(string what)
    {
        var error = new Win32Exception(Marshal.GetLastPInvokeError());
        return new ContainerRuntimeException($"{what}: {error.Message}", error);
    }
}
