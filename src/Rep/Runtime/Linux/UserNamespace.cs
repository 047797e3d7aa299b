using System.Globalization;

namespace Scheduler.Rep.Runtime.Linux;

/// <summary>
/// A user namespace and a network namespace that it owns, mounted at paths, so that both exist without any process of the container.
/// The owner of a network namespace determines what root in the container may do with it: mount its /sys, use low ports.
/// </summary>
internal static class UserNamespace
{
    private const string Ready = "ready";

    /// <param name="unshare">The util-linux program: only a single-threaded process can create a user namespace, so the rep cannot.</param>
    /// <param name="busybox">Of the machine.</param>
    /// <param name="first">The host id of root, for users and groups.</param>
    public static async Task CreateAsync(
        string unshare,
        string busybox,
        string userPath,
        string networkPath,
        uint first,
        uint count,
        TimeSpan timeout,
        CancellationToken cancellation
    )
    {
        foreach (var path in (string[])[userPath, networkPath])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await using (File.Create(path))
            {
                // only a place to mount on
            }
        }

        // The shell reports when it is in both, and stays until its input ends: nothing else holds the namespaces until they are mounted.
        using var process = Commands.Converse(unshare, ["--user", "--net", busybox, "sh", "-c", $"echo {Ready}; read end"]);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            if (await process.StandardOutput.ReadLineAsync(limit.Token) != Ready)
                throw new ContainerRuntimeException(
                    $"cannot create a user namespace: {Commands.Shorten(await process.StandardError.ReadToEndAsync(limit.Token))}"
                );
            var own = string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}");
            foreach (var map in (string[])["uid_map", "gid_map"])
                await File.WriteAllTextAsync(
                    $"{own}/{map}",
                    string.Create(CultureInfo.InvariantCulture, $"0 {first} {count}"),
                    limit.Token
                );
            Mounts.Bind($"{own}/ns/user", userPath);
            Mounts.Bind($"{own}/ns/net", networkPath);
            process.StandardInput.Close();
            await process.WaitForExitAsync(limit.Token);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            process.Kill();
            throw new ContainerRuntimeException($"cannot map the user IDs of a user namespace: {failure.Message}", failure);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            cancellation.ThrowIfCancellationRequested();
            throw new ContainerRuntimeException($"{unshare} did not finish within {timeout} and was killed");
        }
    }
}
