using System.Text.Json;
using Grpc.Core;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>
/// Checks that desired equals actual, from the store to the sockets: every instance is RUNNING once at the BBS and answers at its port,
/// each host runs exactly the containers of its instances, and the router's table matches.
/// </summary>
internal sealed class Truth(TestCluster cluster, RouterTable router)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    // A paused BBS never answers: after this time, ask the other one.
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(30);

    private readonly DesiredLRPService.DesiredLRPServiceClient _desired = new(cluster.Bbs);
    private readonly ActualLRPService.ActualLRPServiceClient _actual = new(cluster.Bbs);

    /// <summary>Waits until desired equals actual.</summary>
    /// <returns>All instances.</returns>
    public async Task<IReadOnlyList<ActualLRP>> SettledAsync()
    {
        using var deadline = new CancellationTokenSource(Wait.Patience);
        while (true)
        {
            var (rows, wrong) = await LookAsync();
            if (wrong is null)
                return rows;
            if (deadline.IsCancellationRequested)
                Assert.Fail($"after {Wait.Patience.TotalSeconds:0} s still: {wrong}");
            await Task.Delay(Interval);
        }
    }

    private async Task<(IReadOnlyList<ActualLRP> Rows, string? Wrong)> LookAsync()
    {
        try
        {
            var desired = await ListAsync(
                _desired.List(new ListDesiredLRPsRequest(), deadline: DateTime.UtcNow + AskAgain),
                page => page.DesiredLrps
            );
            var rows = await ListAsync(
                _actual.List(new ListActualLRPsRequest(), deadline: DateTime.UtcNow + AskAgain),
                page => page.ActualLrps
            );
            return (rows, WrongRows(desired, rows) ?? WrongContainers(rows) ?? WrongRoutes(desired, rows) ?? await WrongAnswersAsync(rows));
        }
        catch (DomainException failure)
        {
            return ([], $"the BBS cannot be asked: {failure.Message}");
        }
    }

    private static string? WrongRows(IReadOnlyList<DesiredLRP> desired, IReadOnlyList<ActualLRP> rows)
    {
        var expected = desired.SelectMany(lrp =>
            Enumerable.Range(0, lrp.Instances).Select(index => $"{lrp.ProcessGuid}/{index} RUNNING Ordinary")
        );
        var actual = rows.Select(row =>
            $"{row.ActualLrpKey.ProcessGuid}/{row.ActualLrpKey.Index} {row.State} {row.Presence}{(row.PlacementError.Length > 0 ? $" ({row.PlacementError})" : "")}"
        );
        return Difference("the BBS", expected, actual);
    }

    private string? WrongContainers(IReadOnlyList<ActualLRP> rows) =>
        cluster
            .Cells.Select(cell =>
                Difference(
                    $"{cell.Id}'s disk",
                    rows.Where(row => row.ActualLrpInstanceKey.CellId == cell.Id).Select(row => row.ActualLrpInstanceKey.InstanceGuid),
                    cell.ContainerGuids()
                )
            )
            .FirstOrDefault(wrong => wrong is not null);

    private string? WrongRoutes(IReadOnlyList<DesiredLRP> desired, IReadOnlyList<ActualLRP> rows)
    {
        var hostnames = desired
            .Where(lrp => lrp.Routes is not null)
            .ToDictionary(
                lrp => lrp.ProcessGuid,
                lrp => JsonDocument.Parse(lrp.Routes.Routes["cf-router"].Memory).RootElement[0].GetProperty("hostnames")[0].GetString()!
            );
        var expected = rows.Where(row => hostnames.ContainsKey(row.ActualLrpKey.ProcessGuid))
            .Select(row =>
                new RoutedEndpoint(
                    hostnames[row.ActualLrpKey.ProcessGuid],
                    Site.AddressOf(row),
                    row.ActualLrpInstanceKey.InstanceGuid
                ).ToString()
            );
        return Difference("the router", expected, router.Endpoints.Select(endpoint => endpoint.ToString()));
    }

    private static async Task<string?> WrongAnswersAsync(IReadOnlyList<ActualLRP> rows)
    {
        var answers = await Task.WhenAll(rows.Where(row => row.ActualLrpNetInfo.Ports.Count > 0).Select(Site.WrongAsync));
        return answers.FirstOrDefault(wrong => wrong is not null);
    }

    private static string? Difference(string where, IEnumerable<string> expected, IEnumerable<string> actual)
    {
        var (missing, extra) = (expected.Order(StringComparer.Ordinal).ToList(), actual.Order(StringComparer.Ordinal).ToList());
        if (missing.SequenceEqual(extra))
            return null;
        foreach (var same in missing.ToList().Where(extra.Remove))
            missing.Remove(same);
        return $"{where} lacks [{string.Join(", ", missing)}] and has [{string.Join(", ", extra)}] too many";
    }

    private static async Task<IReadOnlyList<TItem>> ListAsync<TPage, TItem>(
        AsyncServerStreamingCall<TPage> call,
        Func<TPage, IEnumerable<TItem>> items
    )
    {
        using (call)
        {
            var all = new List<TItem>();
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
                all.AddRange(items(call.ResponseStream.Current));
            return all;
        }
    }
}
