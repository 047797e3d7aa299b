using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Scheduler.Client.Access;

/// <summary>System calls on this process's standard streams.</summary>
internal static partial class TerminalCalls
{
    private const short Broken = 8;

    /// <summary>ioctl.</summary>
    /// <returns>0 on success; otherwise <see cref="LastError"/> says why.</returns>
    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(int descriptor, ulong request, [In, Out] byte[] argument);

    public static Win32Exception LastError() => new(Marshal.GetLastPInvokeError());

    /// <summary>Whether the stream is a pipe whose reader is gone.</summary>
    public static bool IsBroken(int descriptor)
    {
        var state = new PollDescriptor { Descriptor = descriptor };
        return Poll(ref state, 1, 0) > 0 && (state.Found & Broken) != 0;
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollDescriptor descriptors, nuint count, int timeout);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Wanted;
        public short Found;
    }
}
