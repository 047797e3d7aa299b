using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Networking.Policy;

/// <summary>Keeps the packet filter's tables as the policies of the cell and its containers want them, one change at a time.</summary>
internal sealed class CellFirewall(Commands commands, string nft, CellPolicy cell) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private readonly SortedDictionary<string, ContainerPolicy> _containers = new(StringComparer.Ordinal);
    private string? _seen;

    /// <summary>Makes everything anew for exactly these containers.</summary>
    /// <exception cref="ContainerRuntimeException">The packet filter does not take the rules; those from before stay.</exception>
    public Task RestoreAsync(IEnumerable<ContainerPolicy> containers, CancellationToken cancellation) => ExclusiveAsync(async () =>
    {
        _containers.Clear();
        foreach (var container in containers) _containers[container.Handle] = container;
        await MakeAsync(cancellation);
    }, cancellation);

    /// <summary>Rules for one more container. It must not run anything of its own before this has returned.</summary>
    public Task AdmitAsync(ContainerPolicy container, CancellationToken cancellation) => ExclusiveAsync(async () =>
    {
        // An address passes to the next container a little before the rules of the last one go.
        var last = _containers.Values.FirstOrDefault(other => other.Address.Equals(container.Address));
        if (last is not null) _containers.Remove(last.Handle);
        _containers[container.Handle] = container;
        if (last is null) await ChangeAsync(RuleText.Add(cell, container), cancellation);
        else await MakeAsync(cancellation);
    }, cancellation);

    /// <summary>Closes the container's ports of the host; fine when there is no such container.</summary>
    public Task UnpublishAsync(string handle, CancellationToken cancellation) => ExclusiveAsync(async () =>
    {
        if (!_containers.TryGetValue(handle, out var container) || container.Ports.Count == 0) return;
        _containers[handle] = container with { Ports = [] };
        await ChangeAsync(RuleText.Unpublish(cell, container), cancellation);
    }, cancellation);

    /// <summary>Takes its rules away, its ports being closed already; fine when there is no such container.</summary>
    public Task DismissAsync(string handle, CancellationToken cancellation) => ExclusiveAsync(async () =>
    {
        if (_containers.Remove(handle, out var container)) await ChangeAsync(RuleText.Remove(cell, container), cancellation);
    }, cancellation);

    /// <summary>Looks whether the tables are still as they were left.</summary>
    /// <returns>False when somebody had changed them; they have been made anew.</returns>
    public async Task<bool> CheckAsync(CancellationToken cancellation)
    {
        var untouched = true;
        await ExclusiveAsync(async () =>
        {
            // After a change of ours the kernel's way to write it is not known yet: made anew, what it shows is what we want.
            if (_seen is null) await MakeAsync(cancellation);
            var now = await ShownAsync(cancellation);
            untouched = now is not null && (_seen is null || now == _seen);
            if (!untouched)
            {
                await MakeAsync(cancellation);
                now = await ShownAsync(cancellation) ?? throw new ContainerRuntimeException(
                    $"the packet filter tables {cell.Bridge} disappear as soon as they are created; does another program remove them?");
            }

            _seen = now;
        }, cancellation);
        return untouched;
    }

    public Task RemoveAsync(CancellationToken cancellation) => ExclusiveAsync(() =>
    {
        _containers.Clear();
        _seen = null;
        return RunAsync(RuleText.None(cell), cancellation);
    }, cancellation);

    public void Dispose() => _gate.Dispose();

    /// <summary>Where a small change does not fit what is there, somebody else was at it, or an earlier rep was interrupted.</summary>
    private async Task ChangeAsync(string change, CancellationToken cancellation)
    {
        _seen = null;
        if ((await commands.RunAsync(nft, ["-f", "-"], cancellation, change)).ExitCode != 0) await MakeAsync(cancellation);
    }

    private Task MakeAsync(CancellationToken cancellation)
    {
        _seen = null;
        return RunAsync(RuleText.All(cell, _containers.Values), cancellation);
    }

    private Task RunAsync(string text, CancellationToken cancellation) => commands.RunCheckedAsync(nft, ["-f", "-"], cancellation, text);

    /// <summary>Words in order: the kernel may list the elements of a set in any. Null: a table is not there.</summary>
    private async Task<string?> ShownAsync(CancellationToken cancellation)
    {
        var listed = "";
        foreach (var family in (string[])["bridge", "inet"]) // one at a time: nft 1.0.6 does not find the second of two
        {
            var table = await commands.RunAsync(nft, ["--stateless", "list", "table", family, cell.Bridge], cancellation);
            if (table.ExitCode != 0) return null;
            listed += table.Output;
        }

        var words = listed.Split([' ', '\t', '\n', ','], StringSplitOptions.RemoveEmptyEntries);
        Array.Sort(words, StringComparer.Ordinal);
        return string.Join(' ', words);
    }

    private async Task ExclusiveAsync(Func<Task> work, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            await work();
        }
        finally
        {
            _gate.Release();
        }
    }
}
