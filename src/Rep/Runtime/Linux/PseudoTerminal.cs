using Microsoft.Win32.SafeHandles;

namespace Scheduler.Rep.Runtime.Linux;

/// <summary>The outer end of a terminal of this machine, for a program that expects to be started at one.</summary>
internal sealed class PseudoTerminal : IDisposable
{
    private const int NoControllingTerminal = 0x100;
    private const ulong SetLock = 0x4004_5431,
        GetNumber = 0x8004_5430,
        SetWindowSize = 0x5414;

    private readonly SafeFileHandle _outer;
    private readonly SafeFileHandle _inner;
    private readonly Lock _lock = new();
    private bool _disposed;

    private PseudoTerminal(SafeFileHandle outer, SafeFileHandle inner, string path)
    {
        (_outer, _inner, Path) = (outer, inner, path);
        Stream = new DescriptorStream(outer);
    }

    /// <summary>The device that the program opens.</summary>
    public string Path { get; }

    /// <summary>What the program writes, and what it reads.</summary>
    public Stream Stream { get; }

    /// <exception cref="ContainerRuntimeException">The machine has no terminals left, or none at all.</exception>
    public static PseudoTerminal Open(TerminalSize size)
    {
        var outer = Native.OpenFile("/dev/ptmx", Native.OpenReadWrite | NoControllingTerminal);
        try
        {
            var number = new byte[4];
            if (outer.IsInvalid || Native.Control(outer, SetLock, new byte[4]) != 0 || Native.Control(outer, GetNumber, number) != 0)
                throw Failed();
            var path = $"/dev/pts/{BitConverter.ToInt32(number)}";
            // Held open until the program has it: the outer end would otherwise read as ended before the program began.
            var inner = Native.OpenFile(path, Native.OpenReadWrite | NoControllingTerminal);
            if (inner.IsInvalid)
                throw Failed();
            var terminal = new PseudoTerminal(outer, inner, path);
            terminal.Resize(size);
            return terminal;
        }
        catch
        {
            outer.Dispose();
            throw;
        }

        static ContainerRuntimeException Failed() => new($"no terminal can be made on this machine: {Native.LastError().Message}");
    }

    /// <summary>The program has opened it; the outer end now reads as ended once the program closes it.</summary>
    public void HandOver() => _inner.Dispose();

    public void Resize(TerminalSize size)
    {
        var window = new byte[8]; // struct winsize: rows, columns, and pixels that nobody knows
        BitConverter.TryWriteBytes(window, size.Rows);
        BitConverter.TryWriteBytes(window.AsSpan(2), size.Columns);
        lock (_lock)
        {
            if (!_disposed)
                _ = Native.Control(_outer, SetWindowSize, window);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            _inner.Dispose();
            Stream.Dispose();
        }
    }
}
