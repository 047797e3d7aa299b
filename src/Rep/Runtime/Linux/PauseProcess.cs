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
    private const string Ready = "ready";

    // If the rep ends before it has recorded this process, "read" fails. Without /dev/null the shell cannot start anything in the
    // background. It reaps any child while it waits for the one in front.
    private const string Script =
        $"echo {Ready}; read recorded || exit 1; exec 0<&- 1>&- 2>&-; while :; do {EmptyRoot.Busybox} sleep 2147483647; done";

    /// <param name="nsenter">Of util-linux.</param>
    /// <param name="root">The mount namespace that it runs in.</param>
    /// <param name="name">Its last argument, to recognize it.</param>
    /// <param name="userPath">The user namespace that it runs in, as root.</param>
    /// <param name="networkPath">A network namespace of that user namespace.</param>
    /// <param name="pidPath">Where to mount its pid namespace.</param>
    /// <param name="record">Called before the process can outlive the caller.</param>
    /// <exception cref="ContainerRuntimeException">This machine cannot run it.</exception>
    public static async Task<ProcessIdentity> StartAsync(
        string nsenter,
        EmptyRoot root,
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

        string[] enter = [$"--mount={root.Path}", $"--user={userPath}", $"--net={networkPath}", "--setuid", "0", "--setgid", "0", "--"];
        string[] leave = [EmptyRoot.Busybox, "unshare", "--pid", "--ipc", "-f"];
        using var process = Commands.Converse(nsenter, [.. enter, .. leave, EmptyRoot.Busybox, "sh", "-c", Script, name]);
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
