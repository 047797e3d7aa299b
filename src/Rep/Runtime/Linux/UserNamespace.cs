using System.Diagnostics;
using System.Globalization;

namespace Scheduler.Rep.Runtime.Linux;

/// <summary>
/// A user namespace and a network namespace that belongs to it, at paths, so that they are there before and without any
/// process of the container. What owns a network decides what root in the container may do with it: mount its /sys, use low ports.
/// </summary>
internal static class UserNamespace
{
    private const string Ready = "ready";

    /// <param name="unshare">The program of util-linux: only a process with one thread can make a user namespace, so none of ours can.</param>
    /// <param name="first">The host's number for root, of users and of groups.</param>
    public static async Task CreateAsync(string unshare, string userPath, string networkPath, uint first, uint count, TimeSpan timeout, CancellationToken cancellation)
    {
        foreach (var path in (string[])[userPath, networkPath])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await using (File.Create(path))
            {
                // only a place to mount on
            }
        }

        // The shell says when it is in both, and stays until its input ends: nobody else would hold them until they are mounted.
        var start = new ProcessStartInfo(unshare, ["--user", "--net", "/bin/sh", "-c", $"echo {Ready}; read end"])
        {
            UseShellExecute = false,
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        using var process = Process.Start(start) ?? throw new ContainerRuntimeException($"{unshare} could not be started");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            if (await process.StandardOutput.ReadLineAsync(limit.Token) != Ready)
                throw new ContainerRuntimeException(
                    $"cannot create a user namespace: {Commands.Shorten(await process.StandardError.ReadToEndAsync(limit.Token))}");
            var own = string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}");
            foreach (var map in (string[])["uid_map", "gid_map"]) await File.WriteAllTextAsync($"{own}/{map}", string.Create(CultureInfo.InvariantCulture, $"0 {first} {count}"), limit.Token);
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
