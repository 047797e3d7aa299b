using System.Globalization;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>runc for containers, and a conmon for each process.</summary>
internal sealed class RuncEngine(CellMachine machine) : IContainerEngine
{
    public const string OwnName = "runc";

    private readonly ProcessStarter _starter = new(
        machine,
        (record, paths, process) => ContainerCreator.WriteConfig(machine, record, paths, process)
    );

    public string Name => OwnName;

    public bool JoinsPidNamespaces => true;

    public string RuncRoot => machine.Paths.Runc;

    public string NameOf(string handle) => handle;

    public Task CheckAsync(CancellationToken cancellation) => Task.CompletedTask;

    public bool IsStarted(string handle) => Directory.Exists(Path.Combine(machine.Paths.Runc, handle));

    public async Task<ProcessIdentity> RunWaitingAsync(ContainerRecord record, ContainerPaths paths, CancellationToken cancellation)
    {
        var handle = record.Spec.Handle;
        string[] arguments =
        [
            "--root",
            machine.Paths.Runc,
            "--log",
            paths.RuncLog,
            "--log-format",
            "json",
            "run",
            "--detach",
            "--bundle",
            paths.Root,
            "--pid-file",
            paths.InitPid,
            handle,
        ];

        // The container's first process keeps runc's error stream open for its whole life. runc's messages go to its log.
        var errors = machine.DefencesOf(record.Spec).HasFlag(Defences.Descriptors) ? "/dev/null" : paths.RuncLog;
        var exitCode = await machine.Commands.RunDetachedAsync(
            machine.Runc,
            arguments,
            paths.Root,
            new DetachedStreams(errors),
            cancellation
        );
        if (exitCode != 0)
            throw new ContainerRuntimeException($"runc could not start container {handle}: {RuncMessages.Read(paths.RuncLog)}");
        var pid = int.Parse(await File.ReadAllTextAsync(paths.InitPid, cancellation), CultureInfo.InvariantCulture);
        return ProcessIdentity.Of(pid)
            ?? throw new ContainerRuntimeException($"the first process of container {handle} exited immediately");
    }

    public async Task<SupervisedProcess?> FindAsync(string handle, string id, ContainerPaths container, CancellationToken cancellation) =>
        await _starter.FindAsync(id, container, cancellation);

    public async Task<SupervisedProcess> StartAsync(
        string id,
        ContainerRecord record,
        ContainerPaths container,
        ProcessSpec spec,
        bool first,
        CancellationToken cancellation
    ) => await _starter.StartAsync(id, record, container, spec, first, cancellation);

    public async Task RemoveAsync(string handle, CancellationToken cancellation)
    {
        if (!IsStarted(handle))
            return;

        // Without --force runc does not wait, which is fine once the first process is dead; with --force it also kills unknown processes.
        string[] global = ["--root", machine.Paths.Runc];
        var quick = await machine.Commands.RunAsync(machine.Runc, [.. global, "delete", handle], cancellation);
        if (quick.ExitCode != 0)
            await machine.Commands.RunCheckedAsync(machine.Runc, [.. global, "delete", "--force", handle], cancellation);
    }

    public Task CleanUpAsync(CancellationToken cancellation) => Task.CompletedTask;
}
