using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

public abstract partial class BundleRuntime
{
    /// <summary>An engine knows nothing of another one's containers, and would start their processes again.</summary>
    private void CheckEngine()
    {
        var file = Machine.Paths.Engine;
        var before = File.Exists(file) ? File.ReadAllText(file).Trim() : RuncEngine.OwnName;
        if (before == Engine.Name)
            return;
        if (Handles().Count > 0)
            throw new ContainerRuntimeException(
                $"{Machine.Paths.State} has containers of {before}, which {Engine.Name} cannot take over: start the cell with --runtime "
                    + $"{before}, or remove them with --runtime {before} --clean-up"
            );
        File.WriteAllText(file, Engine.Name + "\n");
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
