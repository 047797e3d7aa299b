using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Access;

/// <summary>Asks all cells again and again what the instances on them use.</summary>
internal sealed class UsageReader(ClientSession session, InstanceName? name)
{
    /// <summary>The contract's limit of one request.</summary>
    private const int MostAtOnce = 1_000;

    private Dictionary<string, ContainerUsage> _before = [];

    /// <summary>Instances in the order of their names, and the cells that did not answer.</summary>
    public async Task<(IReadOnlyList<UsageSample> Samples, IReadOnlyList<string> Silent)> ReadAsync(CancellationToken cancellationToken)
    {
        var instances = await InstanceTarget.ListAsync(session, name, cancellationToken);
        var cells = (await session.Cells.ListAsync(new ListCellsRequest(), session.Call(cancellationToken))).Cells.ToDictionary(cell =>
            cell.CellId
        );
        var silent = new List<string>();
        var answers = await Task.WhenAll(
            instances
                .GroupBy(instance => instance.CellId)
                .SelectMany(onCell =>
                    onCell.Select(instance => instance.ContainerGuid).Chunk(MostAtOnce).Select(guids => (onCell.Key, guids))
                )
                .Select(ask => AskAsync(ask.Key, ask.guids))
        );
        var now = answers.SelectMany(usages => usages).DistinctBy(usage => usage.ContainerGuid).ToDictionary(usage => usage.ContainerGuid);
        UsageSample[] samples =
        [
            .. instances
                .Where(instance => now.ContainsKey(instance.ContainerGuid))
                .Select(instance => new UsageSample(
                    instance,
                    now[instance.ContainerGuid],
                    _before.GetValueOrDefault(instance.ContainerGuid)
                )),
        ];
        _before = now;
        return (samples, silent);

        async Task<IEnumerable<ContainerUsage>> AskAsync(string cellId, string[] guids)
        {
            try
            {
                if (cells.TryGetValue(cellId, out var cell))
                    return (
                        await session
                            .Access(cell)
                            .MeasureAsync(new MeasureRequest { ContainerGuids = { guids } }, session.Call(cancellationToken))
                    ).Containers;
            }
            catch (DomainException failure) when (failure.Kind is ErrorKind.Unavailable or ErrorKind.Timeout or ErrorKind.Unknown)
            {
                // told below
            }

            lock (silent)
                silent.Add(cellId);
            return [];
        }
    }
}
