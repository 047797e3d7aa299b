using System.Globalization;

namespace Scheduler.Rep.Runtime.Linux;

/// <summary>
/// The first process of a pid namespace: it only waits, and reaps orphans. It keeps the namespace alive, so that the processes of a
/// container can come and go in it, and the kernel kills all of them when it is killed.
/// </summary>
/// <remarks>
/// It has no seccomp filter, so it must stay out of the container's reach: it sees an empty root directory instead of the machine's, and
/// has all capabilities in the user namespace, which forbids processes with fewer ones to trace it or to look at its files.
/// </remarks>
internal static class PauseProcess
{
    /// <summary>The name of busybox in its root directory, a memory file system that contains nothing else.</summary>
    private const string Program = "busybox";

    private const string Ready = "ready";

    // Without /dev/null the shell cannot start anything in the background. It reaps any child while it waits for the one in front.
    private const string Wait = $"while :; do /{Program} sleep 2147483647; done";

    // If the rep ends before it has recorded this process, "read" fails and so does the script.
    private const string Script =
        "set -e; \"$1\" mount -t tmpfs -o size=4k,nr_inodes=8,mode=755 none /proc; cd /proc; "
        + $": > {Program}; \"$1\" mount --bind \"$1\" {Program}; \"$1\" pivot_root . .; /{Program} umount -l .; cd /; "
        + $"echo {Ready}; read recorded; exec 0<&- 1>&- 2>&-; exec /{Program} sh -c '{Wait}' \"$2\"";

    /// <param name="nsenter">Of util-linux, like <paramref name="unshare"/>.</param>
    /// <param name="busybox">On the machine.</param>
    /// <param name="name">Its last argument, to recognize it.</param>
    /// <param name="userPath">The user namespace that it runs in, as root.</param>
    /// <param name="networkPath">A network namespace of that user namespace.</param>
    /// <param name="pidPath">Where to mount its pid namespace.</param>
    /// <param name="record">Called before the process can outlive the caller.</param>
    /// <exception cref="ContainerRuntimeException">This machine cannot run it.</exception>
    public static async Task<ProcessIdentity> StartAsync(
        string nsenter,
        string unshare,
        string busybox,
        string name,
        string userPath,
        string networkPath,
        string pidPath,
        Action<ProcessIdentity> record,
        TimeSpan timeout,
        CancellationToken cancellation
    )
    {
        await using (File.Create(pidPath))
        {
            // only a place to mount on
        }

        string[] enter = [$"--user={userPath}", $"--net={networkPath}", "--setuid", "0", "--setgid", "0", "--"];
        string[] leave = [unshare, "--pid", "--mount", "--ipc", "--fork", "--propagation", "private", "--"];
        using var process = Commands.Converse(nsenter, [.. enter, .. leave, busybox, "sh", "-c", Script, "pause", busybox, name]);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            if (await process.StandardOutput.ReadLineAsync(limit.Token) != Ready)
                throw new ContainerRuntimeException(
                    $"cannot start the first process of a pid namespace: {Commands.Shorten(await process.StandardError.ReadToEndAsync(limit.Token))}"
                );
            var pause = ChildOf(process.Id);
            Mounts.Bind(string.Create(CultureInfo.InvariantCulture, $"/proc/{pause.Pid}/ns/pid"), pidPath);
            record(pause);
            await process.StandardInput.WriteLineAsync("recorded".AsMemory(), limit.Token);
            process.StandardInput.Close();
            return pause;
        }
        catch (OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
            throw new ContainerRuntimeException($"{nsenter} did not finish within {timeout} and was killed");
        }
        catch (IOException failure)
        {
            throw new ContainerRuntimeException($"cannot start the first process of a pid namespace: {failure.Message}", failure);
        }
        finally
        {
            // unshare would wait for its child; the child does not need it, and ends with its input unless it was recorded.
            process.Kill();
        }
    }

    private static ProcessIdentity ChildOf(int parent)
    {
        var children = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{parent}/task/{parent}/children"));
        return
            int.TryParse(children.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
            && ProcessIdentity.Of(pid) is { } child
            ? child
            : throw new ContainerRuntimeException("the first process of a pid namespace exited immediately");
    }
}
