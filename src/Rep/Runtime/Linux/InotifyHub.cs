using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Scheduler.Rep.Runtime.Linux;

/// <summary>
/// Watches many directories for changes, with one inotify instance and one thread for all of them. The framework's FileSystemWatcher
/// uses one of each per directory, and the kernel gives a user only 128 instances.
/// </summary>
internal sealed partial class InotifyHub : IDisposable
{
    private const uint Modified = 0x2,
        CloseWrite = 0x8,
        MovedTo = 0x80,
        Created = 0x100,
        QueueOverflow = 0x4000,
        Ignored = 0x8000,
        OnlyDirectory = 0x0100_0000;
    private const int CloseOnExec = 0x8_0000;
    private const short PollIn = 1;

    private readonly ConcurrentDictionary<int, Action> _watches = [];
    private readonly Lock _lock = new();
    private readonly Action<Exception> _failed;
    private readonly Thread _thread;
    private readonly int _inotify;
    private readonly int _stop;
    private bool _disposed;

    /// <param name="failed">
    /// Called when a watcher throws. It must not throw itself: the thread is shared, and an exception on it would end the process.
    /// </param>
    public InotifyHub(Action<Exception> failed)
    {
        _failed = failed;
        _inotify = InotifyInit(CloseOnExec);
        if (_inotify < 0)
            throw new ContainerRuntimeException(
                $"cannot watch files: inotify_init1: {Native.LastError().Message} (see fs.inotify.max_user_instances)"
            );
        _stop = EventFd(0, CloseOnExec);
        _thread = new Thread(Listen) { IsBackground = true, Name = "inotify" };
        _thread.Start();
    }

    /// <summary>
    /// Calls <paramref name="changed"/> promptly, on another thread, after each change of a file directly in the directory.
    /// </summary>
    /// <returns>Dispose it to stop; a call in progress may still arrive. A directory can have only one watch at a time.</returns>
    public IDisposable Watch(string directory, Action changed)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var watch = InotifyAddWatch(_inotify, directory, Modified | CloseWrite | MovedTo | Created | OnlyDirectory);
            if (watch < 0)
                throw new ContainerRuntimeException(
                    $"cannot watch {directory}: {Native.LastError().Message} (see fs.inotify.max_user_watches)"
                );
            _watches[watch] = changed;
            return new Subscription(this, watch);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
        }

        _ = Write(_stop, [1, 0, 0, 0, 0, 0, 0, 0], 8);
        _thread.Join();
        _ = Close(_inotify);
        _ = Close(_stop);
    }

    private void Listen()
    {
        var buffer = new byte[16 << 10];
        var waits = new PollFd[]
        {
            new() { Fd = _inotify, Events = PollIn },
            new() { Fd = _stop, Events = PollIn },
        };
        while (true)
        {
            if (Poll(waits, 2, -1) < 0)
                continue; // interrupted by a signal
            if (waits[1].Returned != 0)
                return;

            var read = (int)Read(_inotify, buffer, (nuint)buffer.Length);
            var at = 0;
            while (at + 16 <= read)
            {
                var watch = BitConverter.ToInt32(buffer, at);
                var mask = BitConverter.ToUInt32(buffer, at + 4);
                at += 16 + BitConverter.ToInt32(buffer, at + 12);
                if ((mask & QueueOverflow) != 0)
                    foreach (var changed in _watches.Values)
                        Tell(changed);
                else if ((mask & Ignored) != 0)
                    _watches.TryRemove(watch, out _); // the directory is gone
                else if (_watches.TryGetValue(watch, out var changed))
                    Tell(changed);
            }
        }
    }

    private void Tell(Action changed)
    {
        try
        {
            changed();
        }
        catch (Exception failure)
        {
            _failed(failure);
        }
    }

    private void Remove(int watch)
    {
        lock (_lock)
        {
            if (_disposed || !_watches.TryRemove(watch, out _))
                return;
            _ = InotifyRemoveWatch(_inotify, watch); // fails if the directory was removed first, which is fine
        }
    }

    private sealed class Subscription(InotifyHub hub, int watch) : IDisposable
    {
        public void Dispose() => hub.Remove(watch);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollFd
    {
        public int Fd;
        public short Events;
        public short Returned;
    }

    [LibraryImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    private static partial int InotifyInit(int flags);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int InotifyAddWatch(int fd, string path, uint mask);

    [LibraryImport("libc", EntryPoint = "inotify_rm_watch", SetLastError = true)]
    private static partial int InotifyRemoveWatch(int fd, int watch);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFd(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll([In, Out] PollFd[] waits, ulong count, int timeout);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int fd, [Out] byte[] buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int fd, [In] byte[] buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int fd);
}
