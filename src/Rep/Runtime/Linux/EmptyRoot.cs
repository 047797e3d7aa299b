using System.Diagnostics;
using System.Globalization;

namespace Scheduler.Rep.Runtime.Linux;

/// <summary>
/// A mount namespace that contains nothing but busybox, read-only. It belongs to the machine, not to a container, so no process in it can
/// mount anything. A process of this rep holds it; the processes that run in it may stay when the rep ends.
/// </summary>
internal sealed class EmptyRoot : IDisposable
{
    /// <summary>Path of busybox in it.</summary>
    public const string Busybox = "/busybox";

    private const string Ready = "ready";

    private const string Script =
        "set -e; \"$1\" mount -t tmpfs -o size=4k,nr_inodes=8,mode=755 none /proc; cd /proc; "
        + $": > .{Busybox}; \"$1\" mount --bind \"$1\" .{Busybox}; \"$1\" pivot_root . .; {Busybox} umount -l .; cd /; "
        + $"{Busybox} mount -o remount,ro none /; echo {Ready}; read end";

    private readonly Process _holder;

    private EmptyRoot(Process holder) => _holder = holder;

    /// <summary>Of the namespace.</summary>
    public string Path => string.Create(CultureInfo.InvariantCulture, $"/proc/{_holder.Id}/ns/mnt");

    /// <summary>False: something killed the process that holds it.</summary>
    public bool IsHeld => !_holder.HasExited;

    /// <param name="unshare">Of util-linux.</param>
    /// <param name="busybox">On the machine.</param>
    /// <exception cref="ContainerRuntimeException">This machine cannot make one.</exception>
    public static async Task<EmptyRoot> MakeAsync(string unshare, string busybox, TimeProvider time, TimeSpan timeout)
    {
        string[] arguments = ["--mount", "--propagation", "private", "--", busybox, "sh", "-c", Script, "root", busybox];
        var root = new EmptyRoot(Commands.Converse(unshare, arguments));
        try
        {
            if (await root._holder.StandardOutput.ReadLineAsync().WaitAsync(timeout, time) == Ready)
                return root;
            var why = await root._holder.StandardError.ReadToEndAsync().WaitAsync(timeout, time);
            throw new ContainerRuntimeException($"cannot make an empty mount namespace: {Commands.Shorten(why)}");
        }
        catch (TimeoutException)
        {
            root.Dispose();
            throw new ContainerRuntimeException($"{unshare} did not finish within {timeout} and was killed");
        }
        catch
        {
            root.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _holder.Kill();
        _holder.Dispose();
    }
}
