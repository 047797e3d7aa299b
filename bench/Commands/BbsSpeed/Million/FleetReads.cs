using Grpc.Core;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Bench.Commands.BbsSpeed.Million;

/// <summary>Reads of a large fleet, one after the other. Times are in milliseconds and ascending.</summary>
internal sealed class FleetReads(CallInvoker bbs, MillionOptions options, TimeProvider time)
{
    /// <summary>Rows of the lists.</summary>
    public const int ListRows = 10_000;

    // Between two reads, so that the reads themselves are no load.
    private static readonly TimeSpan PointPause = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan ListPause = TimeSpan.FromMilliseconds(100);

    private readonly DesiredLRPService.DesiredLRPServiceClient _desired = new(bbs);
    private readonly ActualLRPService.ActualLRPServiceClient _actual = new(bbs);
    private readonly SeededRandom _random = new(1);

    /// <summary>Reads of one desired LRP, random ones.</summary>
    public async Task<List<double>> PointsAsync(CancellationToken cancellationToken)
    {
        var times = new List<double>();
        for (var began = time.GetTimestamp(); time.GetElapsedTime(began) < options.Measure; )
        {
            await Task.Delay(PointPause, time, cancellationToken);
            var guid = StoredFleet.ProcessGuid(_random.Next(options.Processes));
            var sent = time.GetTimestamp();
            await _desired.GetAsync(new GetDesiredLRPRequest { ProcessGuid = guid }, cancellationToken: cancellationToken);
            times.Add(time.GetElapsedTime(sent).TotalMilliseconds);
        }

        times.Sort();
        return times;
    }

    /// <summary>Lists of the actual LRPs of some neighbouring processes, with <see cref="ListRows"/> rows if there are as many.</summary>
    /// <returns>Times until the first page, and until the last.</returns>
    /// <exception cref="InvalidOperationException">Rows are missing.</exception>
    public async Task<(List<double> First, List<double> Whole)> ListsAsync(CancellationToken cancellationToken)
    {
        var (first, whole) = (new List<double>(), new List<double>());
        var processes = Math.Min(options.Processes, Math.Max(1, ListRows / options.InstancesPerProcess));
        for (var began = time.GetTimestamp(); time.GetElapsedTime(began) < options.Measure; )
        {
            await Task.Delay(ListPause, time, cancellationToken);
            var start = _random.Next(options.Processes - processes + 1);
            var request = new ListActualLRPsRequest
            {
                ProcessGuids = { Enumerable.Range(start, processes).Select(StoredFleet.ProcessGuid) },
            };
            var sent = time.GetTimestamp();
            var rows = 0;
            using var list = _actual.List(request, cancellationToken: cancellationToken);
            while (await list.ResponseStream.MoveNext(cancellationToken))
            {
                if (rows == 0)
                    first.Add(time.GetElapsedTime(sent).TotalMilliseconds);
                rows += list.ResponseStream.Current.ActualLrps.Count;
            }

            whole.Add(time.GetElapsedTime(sent).TotalMilliseconds);
            if (rows != processes * options.InstancesPerProcess)
                throw new InvalidOperationException($"a list returned {rows} of {processes * options.InstancesPerProcess} rows");
        }

        first.Sort();
        whole.Sort();
        return (first, whole);
    }
}
