using System.Runtime.InteropServices;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Networking.Policy;

/// <summary>
/// Applies texts for nft with the library that the program nft consists of. Most of the program's time is its own start, and every start
/// and stop of a container changes rules.
/// </summary>
internal static partial class NftLibrary
{
    private const string Name = "libnftables.so.1";

    /// <summary>The library reads messages of the kernel, of up to 68 KB each, into its stack.</summary>
    private const int StackBytes = 2 << 20;

    private const int StandardInput = 0;

    // One at a time: the library shares some state between its contexts.
    private static readonly SemaphoreSlim Gate = new(1);

    /// <summary>Whether this machine has the library. The program depends on it, unless it was built in.</summary>
    public static bool IsPresent { get; } = NativeLibrary.TryLoad(Name, out _);

    /// <summary>Applies a text as a whole.</summary>
    /// <returns>False: the library or the kernel rejected it, and nothing changed.</returns>
    public static async Task<bool> TryApplyAsync(string text, CancellationToken cancellation)
    {
        await Gate.WaitAsync(cancellation);
        try
        {
            var applied = false;
            await OnOwnThread.RunAsync(() => applied = Apply(text), StackBytes); // the kernel may take its time
            return applied;
        }
        finally
        {
            Gate.Release();
        }
    }

    private static bool Apply(string text)
    {
        // The library waits for its socket with select, which ends the process if the descriptor's number is 1024 or higher. In a table of
        // this thread's own, number 0 is free for it. The runtime needs its own files in that table too, so nothing else is closed.
        if (Native.Unshare(Native.CloneFiles) != 0)
            return false;
        _ = Native.Close(StandardInput);
        var context = NewContext(0);
        if (context == 0)
            return false;
        try
        {
            // Otherwise it writes to this process's streams.
            return BufferOutput(context) == 0 && BufferError(context) == 0 && Run(context, text) == 0;
        }
        finally
        {
            FreeContext(context);
        }
    }

    [LibraryImport(Name, EntryPoint = "nft_ctx_new")]
    private static partial nint NewContext(uint flags);

    [LibraryImport(Name, EntryPoint = "nft_ctx_free")]
    private static partial void FreeContext(nint context);

    [LibraryImport(Name, EntryPoint = "nft_ctx_buffer_output")]
    private static partial int BufferOutput(nint context);

    [LibraryImport(Name, EntryPoint = "nft_ctx_buffer_error")]
    private static partial int BufferError(nint context);

    [LibraryImport(Name, EntryPoint = "nft_run_cmd_from_buffer", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Run(nint context, string text);
}
