using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

public sealed partial class RuncRuntime
{
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
                + $"--seccomp {SeccompProfile.Unconfined} to run without a filter");
        if (version.KnownHoles() is { Count: > 0 } holes) log.RuncHasHoles(machine.Runc, version.Version, string.Join(", ", holes));
    }

    /// <summary>
    /// Too much has to come together for containers with users of their own (kernel, file systems, folders above ours, what this
    /// machine is itself confined by) to ask for it part by part: so one is made.
    /// </summary>
    private async Task TryUserNamespacesAsync(CancellationToken cancellation)
    {
        foreach (var rootFs in RootFsOfEachDisk())
        {
            if (await TryAsync(rootFs, cancellation) is not { } failure) continue;

            // Whether it is the user namespace that fails shows without it. If that fails as well, nothing is known of user namespaces, and nothing is weakened.
            var with = Machine;
            _machine = with with { Users = null };
            if (await TryAsync(rootFs, cancellation) is null)
            {
                GoWithoutUserNamespaces(failure);
                return;
            }

            _machine = with;
        }
    }

    /// <summary>File systems differ in whether they can be id-mapped.</summary>
    private IEnumerable<string> RootFsOfEachDisk()
    {
        var disks = new HashSet<uint> { Native.Stat(Machine.Paths.Empty)!.Value.Device };
        yield return CellMachine.EmptyRootFs;
        foreach (var (name, path) in options.PreloadedRootFs)
        {
            if (Native.Stat(path, follow: true) is { IsDirectory: true } facts && disks.Add(facts.Device)) yield return name;
        }
    }

    private void GoWithoutUserNamespaces(ContainerRuntimeException failure)
    {
        if (options.UserNamespaces == UserNamespaceMode.Required)
            throw new ContainerRuntimeException(
                $"user namespaces are required, but a test container with one failed: {failure.Message}", failure);
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
