using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Networking.Policy;

/// <summary>Applies the policies of the cell and its containers to the packet filter, one change at a time.</summary>
internal sealed class CellFirewall(Commands commands, string nft, CellPolicy cell) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private readonly SortedDictionary<string, ContainerPolicy> _containers = new(StringComparer.Ordinal);
    private string? _seen;

    /// <summary>Rebuilds all rules for exactly these containers.</summary>
    /// <exception cref="ContainerRuntimeException">The packet filter rejected the rules; the previous ones stay in effect.</exception>
    public Task RestoreAsync(IEnumerable<ContainerPolicy> containers, CancellationToken cancellation) =>
        ExclusiveAsync(
            async () =>
            {
                _containers.Clear();
                foreach (var container in containers)
                    _containers[container.Handle] = container;
                await MakeAsync(cancellation);
            },
            cancellation
        );

    /// <summary>Adds a container's rules. The container must not run any process of its own before this returns.</summary>
    public Task AdmitAsync(ContainerPolicy container, CancellationToken cancellation) =>
        ExclusiveAsync(
            async () =>
            {
                // An address may be reassigned shortly before the rules of its previous container are removed.
                var last = _containers.Values.FirstOrDefault(other => other.Address.Equals(container.Address));
                if (last is not null)
                    _containers.Remove(last.Handle);
                _containers[container.Handle] = container;
                if (last is null)
                    await ChangeAsync(RuleText.Add(cell, container), cancellation);
                else
                    await MakeAsync(cancellation);
            },
            cancellation
        );

    /// <summary>Closes the container's host ports; succeeds for an unknown container.</summary>
    public Task UnpublishAsync(string handle, CancellationToken cancellation) =>
        ExclusiveAsync(
            async () =>
            {
                if (!_containers.TryGetValue(handle, out var container) || container.Ports.Count == 0)
                    return;
                _containers[handle] = container with { Ports = [] };
                await ChangeAsync(RuleText.Unpublish(cell, container), cancellation);
            },
            cancellation
        );

    /// <summary>Removes the rules of a container whose ports are already closed; succeeds for an unknown container.</summary>
    public Task DismissAsync(string handle, CancellationToken cancellation) =>
        ExclusiveAsync(
            async () =>
            {
                if (_containers.Remove(handle, out var container))
                    await ChangeAsync(RuleText.Remove(cell, container), cancellation);
            },
            cancellation
        );

    /// <summary>Checks that the tables are unchanged.</summary>
    /// <returns>False if another program had changed them; they have been rebuilt.</returns>
    public async Task<bool> CheckAsync(CancellationToken cancellation)
    {
        var untouched = true;
        await ExclusiveAsync(
            async () =>
            {
                // After a change of our own, the kernel's listing of it is not known yet. After a rebuild, the listing is the expected one.
                if (_seen is null)
                    await MakeAsync(cancellation);
                var now = await ShownAsync(cancellation);
                untouched = now is not null && (_seen is null || now == _seen);
                if (!untouched)
                {
                    await MakeAsync(cancellation);
                    now =
                        await ShownAsync(cancellation)
                        ?? throw new ContainerRuntimeException(
                            $"the packet filter tables {cell.Bridge} disappear as soon as they are created; does another program remove them?"
                        );
                }

                _seen = now;
            },
            cancellation
        );
        return untouched;
    }

    public Task RemoveAsync(CancellationToken cancellation) =>
        ExclusiveAsync(
            () =>
            {
                _containers.Clear();
                _seen = null;
                return RunAsync(RuleText.None(cell), cancellation);
            },
            cancellation
        );

    public void Dispose() => _gate.Dispose();

    /// <summary>
    /// If an incremental change fails, another program changed the tables or an earlier rep was interrupted: rebuild them.
    /// </summary>
    private async Task ChangeAsync(string change, CancellationToken cancellation)
    {
        _seen = null;
        var changed = NftLibrary.IsPresent
            ? await NftLibrary.TryApplyAsync(change, cancellation)
            : (await commands.RunAsync(nft, ["-f", "-"], cancellation, change)).ExitCode == 0;
        if (!changed)
            await MakeAsync(cancellation);
    }

    private Task MakeAsync(CancellationToken cancellation)
    {
        _seen = null;
        return RunAsync(RuleText.All(cell, _containers.Values), cancellation);
    }

    private Task RunAsync(string text, CancellationToken cancellation) => commands.RunCheckedAsync(nft, ["-f", "-"], cancellation, text);

    /// <summary>The sorted words of the listing, as the kernel may list set elements in any order. Null: a table is missing.</summary>
    private async Task<string?> ShownAsync(CancellationToken cancellation)
    {
        var listed = "";
        foreach (var family in (string[])["bridge", "inet"]) // one at a time: nft 1.0.6 does not find the second of two
        {
            var table = await commands.RunAsync(nft, ["--stateless", "list", "table", family, cell.Bridge], cancellation);
            if (table.ExitCode != 0)
                return null;
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
