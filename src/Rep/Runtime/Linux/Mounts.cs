using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Scheduler.Rep.Runtime.Linux;

internal static class Mounts
{
    /// <summary>The kernel copies one page of mount options.</summary>
    private const int LongestOptions = 4_095;

    /// <summary>
    /// Mounts an overlay. Names of lower directories are relative to <paramref name="lowerRoot"/>, so that 100 fit into the options.
    /// </summary>
    /// <param name="lower">Topmost first.</param>
    /// <param name="devices">
    /// False: device nodes in it, from an image or created by a container, cannot be opened. The container's devices are on its /dev.
    /// </param>
    public static async Task OverlayAsync(
        string lowerRoot,
        IReadOnlyList<string> lower,
        string upper,
        string work,
        string target,
        bool devices
    )
    {
        var lowerOption = string.Join(':', lower.Select(Escape));
        var options = $"lowerdir={lowerOption},upperdir={Escape(upper)},workdir={Escape(work)}";
        if (Encoding.UTF8.GetByteCount(options) > LongestOptions)
            throw new ContainerRuntimeException($"cannot mount {target}: {lower.Count} layers do not fit into one overlay mount");

        await OnOwnThread.RunAsync(() =>
        {
            // Gives this thread a separate working directory; otherwise chdir would move the whole process.
            if (Native.Unshare(Native.CloneFs) != 0)
                throw Failed("unshare", lowerRoot);
            if (Native.ChangeDirectory(lowerRoot) != 0)
                throw Failed("chdir", lowerRoot);

            // A container's files are not read after a crash of the machine, so nothing needs to be synced to disk for them.
            var flags = devices ? 0 : Native.MountNoDevices;
            if (Native.Mount("overlay", target, "overlay", flags, options + ",volatile") == 0)
                return;
            if (Marshal.GetLastPInvokeError() == Native.Invalid && Native.Mount("overlay", target, "overlay", flags, options) == 0)
                return;
            throw Failed("mount overlay", target);
        });
    }

    public static void Bind(string source, string target)
    {
        if (Native.Mount(source, target, null, Native.MountBind, null) != 0)
            throw Failed($"bind mount of {source}", target);
    }

    /// <summary>
    /// Removes every mount at the path; succeeds if there is none. A mount still in use disappears from view now and is removed with its
    /// last user.
    /// </summary>
    public static void Remove(string target)
    {
        while (Native.Unmount(target, Native.UnmountDetach) == 0)
        {
            // a path can have several mounts on top of each other
        }

        if (Marshal.GetLastPInvokeError() is not (Native.Invalid or Native.NoEntry))
            throw Failed("umount", target);
    }

    /// <summary>Mount points below a directory, deepest first, as the kernel names them: without symbolic links.</summary>
    public static IReadOnlyList<string> Below(string directory)
    {
        var prefix = (Directory.Exists(directory) ? PlainDirectory.RealPath(directory) : directory).TrimEnd('/') + "/";
        return
        [
            .. File.ReadLines("/proc/self/mountinfo")
                .Select(line => Unescape(line.Split(' ')[4]))
                .Where(path => path.StartsWith(prefix, StringComparison.Ordinal))
                .Reverse(),
        ];
    }

    /// <summary>Escapes commas, which end an option, and colons, which end a lower directory.</summary>
    private static string Escape(string path) => path.Replace("\\", "\\\\").Replace(",", "\\,").Replace(":", "\\:");

    private static string Unescape(string field)
    {
        if (!field.Contains('\\'))
            return field;
        var text = new StringBuilder();
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] != '\\' || i + 3 >= field.Length)
                text.Append(field[i]);
            else
            {
                text.Append((char)Convert.ToInt32(field.Substring(i + 1, 3), 8));
                i += 3;
            }
        }

        return text.ToString();
    }

    private static ContainerRuntimeException Failed(string what, string target)
    {
        var error = new Win32Exception(Marshal.GetLastPInvokeError());
        return new ContainerRuntimeException(
            string.Create(CultureInfo.InvariantCulture, $"{what} at {target} failed: {error.Message} (errno {error.NativeErrorCode})"),
            error
        );
    }
}
