using System.Globalization;
using System.Runtime.CompilerServices;
using Scheduler.Models;
using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Rep.Runtime.Docker;

public sealed partial class DockerRuntime
{
    private long _sessions;

    public string? Busybox => OciConfig.Busybox;

    private ProcessStarter Starter => new(Cell.Tools);

    public async Task<IContainerProcess> StartProcessAsync(
        string handle,
        string processId,
        ProcessSpec spec,
        CancellationToken cancellation
    )
    {
        ContainerSpecRules.Check(processId, spec);
        using var gate = await _gates.EnterAsync(handle, cancellation);
        var container = await RequireAsync(handle, cancellation);
        if (await FindAsync(handle, processId, container, cancellation) is { } existing)
            return existing;
        RequireReady(container);
        var process = await Starter.StartAsync(processId, container.Record, container.Paths, spec, first: false, cancellation);
        return _processes.Remember(handle, process);
    }

    public async Task<IContainerProcess?> FindProcessAsync(string handle, string processId, CancellationToken cancellation)
    {
        if (!ContainerSpecRules.IsId(handle) || !ContainerSpecRules.IsId(processId))
            return null;
        using var gate = await _gates.EnterAsync(handle, cancellation);
        if (!_known.TryGetValue(handle, out var container) && (container = await LookAsync(handle, cancellation)) is null)
            return null;
        return await FindAsync(handle, processId, container, cancellation);
    }

    public async Task<IAttachedProcess> AttachAsync(string handle, ProcessSpec spec, TerminalSize? terminal, CancellationToken cancellation)
    {
        // Unique for this run of the rep; what an earlier run left is removed before.
        var id = string.Create(CultureInfo.InvariantCulture, $"session-{Interlocked.Increment(ref _sessions)}");
        ContainerSpecRules.Check(id, spec);
        using var gate = await _gates.EnterAsync(handle, cancellation);
        var container = await RequireAsync(handle, cancellation);
        RequireReady(container);
        return await new SessionStarter(Cell.Tools).StartAsync(id, container.Record, container.Paths, spec, terminal);
    }

    public async IAsyncEnumerable<LogLine> LogsAsync(
        string handle,
        string processId,
        LogCursor from,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await RequireAsync(handle, cancellation);
        if (await FindProcessAsync(handle, processId, cancellation) is not ConmonProcess process)
            throw DomainError.NotFound($"process {processId} of container {handle}").ToException();
        await foreach (var line in ConmonLogReader.ReadAsync(process, from, follow, cancellation))
            yield return line;
    }

    private Task<SupervisedProcess?> FindAsync(
        string handle,
        string processId,
        EngineContainer container,
        CancellationToken cancellation
    ) =>
        _processes.FindAsync(
            handle,
            processId,
            container.Paths,
            async () => await Starter.FindAsync(processId, container.Paths, cancellation)
        );

    private static void RequireReady(EngineContainer container)
    {
        if (container.State != ContainerState.Ready || !container.Record.Init.IsAlive())
            throw new ContainerRuntimeException(
                $"container {container.Record.Spec.Handle} cannot start processes: it is {(container.State == ContainerState.Creating ? container.State : ContainerState.Stopped)}"
            );
    }

    /// <summary>Ends sessions that an earlier rep could not end because it was killed itself.</summary>
    private async Task EndLeftSessionsAsync(EngineContainer container)
    {
        if (!Directory.Exists(container.Paths.Sessions))
            return;
        foreach (var directory in Directory.GetDirectories(container.Paths.Sessions))
        {
            await RuncSession.DiscardAsync(Cell.Tools, container.Paths.Session(Path.GetFileName(directory)), runc: null, terminal: null);
            log.SessionEnded(container.Record.Spec.Handle);
        }
    }
}
