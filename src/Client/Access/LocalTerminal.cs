using Scheduler.Contracts.V1;

namespace Scheduler.Client.Access;

/// <summary>The terminal that this program was started at.</summary>
internal sealed class LocalTerminal : IDisposable
{
    private const ulong GetSettings = 0x5401,
        SetSettings = 0x5402,
        GetWindowSize = 0x5413;

    // The framework switches a terminal's cursor keys to a mode that the program behind this one did not ask for.
    private const string OrdinaryCursorKeys = "\e[?1l\e>";

    // struct termios of the kernel: input, output, control and local flags, a line discipline, special characters.
    private const int SettingsBytes = 60,
        Output = 4,
        Control = 8,
        Local = 12,
        Characters = 17,
        Timeout = Characters + 5,
        LeastBytes = Characters + 6;

    private readonly byte[] _before;
    private bool _restored;

    private LocalTerminal(byte[] before)
    {
        _before = before;
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        AppDomain.CurrentDomain.UnhandledException += OnExit;
    }

    /// <param name="descriptor">0, 1 or 2.</param>
    public static bool Is(int descriptor)
    {
        return TerminalCalls.Control(descriptor, GetSettings, new byte[SettingsBytes]) == 0;
    }

    /// <summary>
    /// Passes every key on as it is, without echo and without signals, until disposed. The former mode comes back on every way out of this
    /// program but SIGKILL.
    /// </summary>
    public static LocalTerminal EnterRawMode()
    {
        var settings = new byte[SettingsBytes];
        if (TerminalCalls.Control(0, GetSettings, settings) != 0)
            throw new IOException($"the terminal's mode cannot be read: {TerminalCalls.LastError().Message}");
        var terminal = new LocalTerminal([.. settings]);
        MakeRaw(settings);
        if (TerminalCalls.Control(0, SetSettings, settings) == 0)
        {
            if (Is(1))
                Console.Out.Write(OrdinaryCursorKeys);
            return terminal;
        }

        terminal.Dispose();
        throw new IOException($"the terminal's mode cannot be set: {TerminalCalls.LastError().Message}");
    }

    /// <summary>Its size now; null if standard output is no terminal.</summary>
    public static Terminal? Size()
    {
        var window = new byte[8];
        return TerminalCalls.Control(1, GetWindowSize, window) == 0
            ? new Terminal { Rows = BitConverter.ToUInt16(window), Columns = BitConverter.ToUInt16(window, 2) }
            : null;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _restored, true))
            return;
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        AppDomain.CurrentDomain.UnhandledException -= OnExit;
        _ = TerminalCalls.Control(0, SetSettings, _before);
    }

    /// <summary>What the C library's cfmakeraw does.</summary>
    internal static void MakeRaw(byte[] settings)
    {
        const uint inputOff = 0x5EB, // breaks, parity, stripping, newline translations, flow control by keys
            outputOff = 0x1, // processing
            localOff = 0x804B, // echo, lines, signals, extensions
            characterSize = 0x30,
            parity = 0x100,
            eightBits = 0x30;
        Change(0, flags => flags & ~inputOff);
        Change(Output, flags => flags & ~outputOff);
        Change(Control, flags => (flags & ~(characterSize | parity)) | eightBits);
        Change(Local, flags => flags & ~localOff);
        (settings[Timeout], settings[LeastBytes]) = (0, 1);

        void Change(int at, Func<uint, uint> change) =>
            BitConverter.TryWriteBytes(settings.AsSpan(at), change(BitConverter.ToUInt32(settings, at)));
    }

    private void OnExit(object? sender, EventArgs args) => Dispose();
}
