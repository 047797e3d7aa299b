using System.Globalization;
using System.Runtime.CompilerServices;
using Scheduler.Contracts.V1;

namespace Scheduler.Client.Completion;

/// <summary>Looks up names in the cluster.</summary>
internal static class ClusterNames
{
    // More than anybody reads; shells would ask whether to print them.
    private const int MaxNames = 1000;

    /// <returns>The names that begin with the text, sorted, at most as many as a shell can sensibly show.</returns>
    public static async Task<IReadOnlyList<string>> FindAsync(
        ClientSession session,
        NameKind kind,
        string typed,
        CancellationToken cancellationToken
    )
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (var name in NamesAsync(session, kind, typed, cancellationToken))
        {
            if (name.StartsWith(typed, StringComparison.Ordinal) && found.Add(name) && found.Count == MaxNames)
                break;
        }
        return [.. found];
    }

    private static IAsyncEnumerable<string> NamesAsync(
        ClientSession session,
        NameKind kind,
        string typed,
        CancellationToken cancellationToken
    ) =>
        kind switch
        {
            NameKind.Lrps or NameKind.Instances when typed.Contains('/') => InstancesAsync(session, typed, cancellationToken),
            NameKind.Lrps => LrpsAsync(session, key => key.ProcessGuid, cancellationToken),
            NameKind.Tasks => TasksAsync(session, cancellationToken),
            NameKind.Instances => LrpsAsync(session, key => key.ProcessGuid, cancellationToken)
                .Concat(TasksAsync(session, cancellationToken)),
            NameKind.Cells or NameKind.AbsentCells => CellsAsync(session, kind == NameKind.AbsentCells, cancellationToken),
            // Those that are fresh, and those that are only used.
            NameKind.Domains => DomainsAsync(session, cancellationToken).Concat(LrpsAsync(session, key => key.Domain, cancellationToken)),
            _ => AsyncEnumerable.Empty<string>(),
        };

    private static async IAsyncEnumerable<string> LrpsAsync(
        ClientSession session,
        Func<DesiredLRPKey, string> name,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var call = session.DesiredLrps.ListSchedulingInfos(new ListDesiredLRPsRequest(), session.Call(cancellationToken));
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            foreach (var lrp in call.ResponseStream.Current.DesiredLrpSchedulingInfos)
                yield return name(lrp.DesiredLrpKey);
        }
    }

    private static async IAsyncEnumerable<string> InstancesAsync(
        ClientSession session,
        string typed,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var request = new ListActualLRPsRequest { ProcessGuid = typed[..typed.IndexOf('/')] };
        var (rows, _) = await session.ActualLrpsAsync(request, cancellationToken);
        foreach (var row in rows)
            yield return string.Create(CultureInfo.InvariantCulture, $"{row.ActualLrpKey.ProcessGuid}/{row.ActualLrpKey.Index}");
    }

    private static async IAsyncEnumerable<string> TasksAsync(
        ClientSession session,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var call = session.Tasks.List(new ListTasksRequest(), session.Call(cancellationToken));
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            foreach (var task in call.ResponseStream.Current.Tasks)
                yield return task.TaskGuid;
        }
    }

    private static async IAsyncEnumerable<string> CellsAsync(
        ClientSession session,
        bool absent,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var listed = await session.Cells.ListAsync(new ListCellsRequest(), session.Call(cancellationToken));
        foreach (var id in absent ? listed.Absent.Select(cell => cell.CellId) : listed.Cells.Select(cell => cell.CellId))
            yield return id;
    }

    private static async IAsyncEnumerable<string> DomainsAsync(
        ClientSession session,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        foreach (var domain in (await session.Domains.ListAsync(new ListDomainsRequest(), session.Call(cancellationToken))).Domains)
            yield return domain.Domain;
    }
}
