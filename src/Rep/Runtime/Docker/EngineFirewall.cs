using Scheduler.Rep.Networking.Policy;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Docker;

/// <summary>Keeps the packet filter rules of a cell on a Docker engine in place. Not for use by several callers at a time.</summary>
internal sealed class EngineFirewall(Commands commands, string nft, CellPolicy cell)
{
    private string? _seen;

    /// <exception cref="ContainerRuntimeException">The packet filter rejected the rules.</exception>
    public async Task EnsureAsync(CancellationToken cancellation)
    {
        await commands.RunCheckedAsync(nft, ["-f", "-"], cancellation, EngineRules.All(cell));
        _seen = await ShownAsync(cancellation);
    }

    /// <returns>False if another program had changed the rules; they are in place again.</returns>
    /// <exception cref="ContainerRuntimeException">The packet filter rejected the rules.</exception>
    public async Task<bool> CheckAsync(CancellationToken cancellation)
    {
        if (_seen is not null && await ShownAsync(cancellation) == _seen)
            return true;
        await EnsureAsync(cancellation);
        return false;
    }

    public Task RemoveAsync(CancellationToken cancellation) =>
        commands.RunCheckedAsync(nft, ["-f", "-"], cancellation, EngineRules.None(cell));

    /// <summary>Null: there is no table.</summary>
    private async Task<string?> ShownAsync(CancellationToken cancellation)
    {
        var table = await commands.RunAsync(nft, ["--stateless", "list", "table", "inet", cell.Bridge], cancellation);
        return table.ExitCode == 0 ? table.Output : null;
    }
}
