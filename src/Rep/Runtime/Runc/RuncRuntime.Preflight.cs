using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

public sealed partial class RuncRuntime
{
    /// <summary>What this machine lacks of the programs that run containers; null if they are there.</summary>
    internal static string? Lacks(RuntimeOptions options)
    {
        try
        {
            foreach (var (program, package) in ((string, string)[])[(options.Runc, "runc"), (options.Conmon, "conmon")])
                Programs.Find(program, package);
            return null;
        }
        catch (ContainerRuntimeException missing)
        {
            return missing.Message;
        }
    }

    private async Task CheckRuncAsync(CellMachine machine, CancellationToken cancellation)
    {
        if (RuncVersion.Parse(await machine.Commands.RunCheckedAsync(machine.Runc, ["--version"], cancellation)) is not { } version)
        {
            log.RuntimeIsNotRunc(machine.Runc);
            return;
        }

        if (machine.Seccomp is not null && !version.HasSeccomp)
            throw new ContainerRuntimeException(
                $"{machine.Runc} was built without seccomp support and cannot filter system calls: install a build with seccomp, or set "
                    + $"--seccomp {SeccompProfile.Unconfined} to run without a filter"
            );
        if (version.KnownHoles() is { Count: > 0 } holes)
            log.RuncHasHoles(machine.Runc, version.Version, string.Join(", ", holes));
    }

    /// <summary>
    /// Tests user namespaces by creating a container. They depend on too many conditions (the kernel, file systems, parent directories,
    /// restrictions on this machine itself) to check each one.
    /// </summary>
    private async Task TryUserNamespacesAsync(CancellationToken cancellation)
    {
        foreach (var rootFs in RootFsOfEachDisk())
        {
            if (await TryAsync(rootFs, cancellation) is not { } failure)
                continue;

            // Try again without a user namespace. If that fails too, the cause is unknown, so user namespaces stay on.
            var with = Machine;
            Use(with with { Users = null });
            if (await TryAsync(rootFs, cancellation) is null)
            {
                GoWithoutUserNamespaces(failure);
                return;
            }

            Use(with);
        }
    }

    /// <summary>One root filesystem per disk, as not all file systems support id-mapped mounts.</summary>
    private IEnumerable<string> RootFsOfEachDisk()
    {
        var disks = new HashSet<uint> { Native.Stat(Machine.Paths.Empty)!.Value.Device };
        yield return CellMachine.EmptyRootFs;
        foreach (var (name, path) in options.PreloadedRootFs)
        {
            if (Native.Stat(path, follow: true) is { IsDirectory: true } facts && disks.Add(facts.Device))
                yield return name;
        }
    }

    private void GoWithoutUserNamespaces(ContainerRuntimeException failure)
    {
        if (options.UserNamespaces == UserNamespaceMode.Required)
            throw new ContainerRuntimeException(
                $"user namespaces are required, but a test container with one failed: {failure.Message}",
                failure
            );
        log.NoUserNamespaces(failure.Message);
    }

    private async Task<ContainerRuntimeException?> TryAsync(string rootFs, CancellationToken cancellation)
    {
        try
        {
            await DestroyAsync(TrialHandle, cancellation);
            await CreateAsync(new ContainerSpec { Handle = TrialHandle, RootFs = $"preloaded:{rootFs}" }, cancellation);
            return null;
        }
        catch (ContainerRuntimeException failure)
        {
            return failure;
        }
        finally
        {
            await DestroyAsync(TrialHandle, CancellationToken.None);
        }
    }
}
