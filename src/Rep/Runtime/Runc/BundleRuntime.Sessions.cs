using System.Globalization;

namespace Scheduler.Rep.Runtime.Runc;

public abstract partial class BundleRuntime
{
    private long _sessions;

    public string? Busybox => OciConfig.Busybox;

    public async Task<IAttachedProcess> AttachAsync(string handle, ProcessSpec spec, TerminalSize? terminal, CancellationToken cancellation)
    {
        // Unique for this run of the rep; what an earlier run left is removed before.
        var id = string.Create(CultureInfo.InvariantCulture, $"session-{Interlocked.Increment(ref _sessions)}");
        ContainerSpecRules.Check(id, spec);
        using var gate = await _gates.EnterAsync(handle, cancellation);
        var record = Known(handle);
        if (!record.Complete || !record.Holder.IsAlive())
            throw new ContainerRuntimeException($"container {handle} cannot start processes: it is {Info(record).State}");
        if (!record.Init.IsAlive())
            throw new ContainerRuntimeException($"container {handle} cannot start processes: its main process does not run");
        return await new SessionStarter(Machine).StartAsync(id, record, Machine.Paths.Container(handle), spec, terminal);
    }

    /// <summary>Ends sessions that an earlier rep could not end because it was killed itself.</summary>
    private async Task EndLeftSessionsAsync(string handle)
    {
        var container = Machine.Paths.Container(handle);
        if (!Directory.Exists(container.Sessions))
            return;
        foreach (var directory in Directory.GetDirectories(container.Sessions))
        {
            await RuncSession.DiscardAsync(Machine, container.Session(Path.GetFileName(directory)), runc: null, terminal: null);
            log.SessionEnded(handle);
        }
    }
}
