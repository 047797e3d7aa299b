using System.Runtime.InteropServices;

namespace Scheduler.ThinClient;

/// <summary>
/// The authorities that this machine trusts. The runtime reads all of them before it checks a certificate, even if the check is to trust only
/// others, and that takes longer than most commands. This client trusts only those that it is given.
/// </summary>
internal static partial class MachineAuthorities
{
    /// <summary>Makes the runtime find none. Call it before the first connection, and not in a program that still starts others.</summary>
    public static void Hide()
    {
        // The runtime's own variables are a copy; the library that reads these asks the C library.
        _ = SetEnvironment("SSL_CERT_DIR", "/dev/null", 1);
        _ = SetEnvironment("SSL_CERT_FILE", "/dev/null", 1);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
