using Grpc.Core;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Watch;

/// <summary>
/// Follows the instances of one process: lists them once, then applies the events after that revision. If the stream breaks, lists again.
/// </summary>
internal sealed class LrpWatch(CallInvoker bbs, TimeProvider time)
{
    private readonly ActualLRPService.ActualLRPServiceClient _actuals = new(bbs);

    /// <summary>Waits until the process's rows meet a condition.</summary>
    /// <param name="condition">Called with all rows by index, at first and after each change; true ends the wait.</param>
    /// <returns>The rows that met the condition.</returns>
    /// <exception cref="DomainException">Not met within <paramref name="timeout"/>; the message contains the last rows seen.</exception>
    public async Task<IReadOnlyList<ActualLRP>> UntilAsync(
        string processGuid,
        Func<IReadOnlyList<ActualLRP>, bool> condition,
        TimeSpan timeout,
        CancellationToken cancellationToken
    )
    {
        var rows = new Dictionary<(int Index, ActualLRP.Types.Presence Presence), ActualLRP>();
        IReadOnlyList<ActualLRP> last = [];
        await FollowedUntil.RunAsync(
            bbs,
            new FollowRequest { Lrps = true },
            cancellation => LoadAsync(processGuid, rows, cancellation),
            next => Apply(next, processGuid, rows),
            () => condition(last = InOrder(rows.Values)),
            () => $"{processGuid} did not reach the expected state within {timeout.TotalSeconds:0} s: {Describe(last)}",
            timeout,
            time,
            cancellationToken
        );
        return last;
    }

    /// <summary>One line per row: what a person needs to see why the condition is not met.</summary>
    public static string Describe(IReadOnlyList<ActualLRP> rows) =>
        rows.Count == 0
            ? "no instances"
            : string.Join(
                "; ",
                rows.Select(row =>
                    $"/{row.ActualLrpKey.Index} {row.State}"
                    + (row.Presence == ActualLRP.Types.Presence.Ordinary ? "" : $" ({row.Presence})")
                    + (row.PlacementError.Length > 0 ? $" ({row.PlacementError})" : "")
                    + (row.CrashReason.Length > 0 ? $" (crashed {row.CrashCount} times: {row.CrashReason})" : "")
                )
            );

    private async Task<ulong> LoadAsync(
        string processGuid,
        Dictionary<(int Index, ActualLRP.Types.Presence Presence), ActualLRP> rows,
        CancellationToken cancellationToken
    )
    {
        rows.Clear();
        var revision = 0UL;
        using var list = _actuals.List(new ListActualLRPsRequest { ProcessGuid = processGuid }, cancellationToken: cancellationToken);
        while (await list.ResponseStream.MoveNext(cancellationToken))
        {
            revision = list.ResponseStream.Current.Revision;
            foreach (var row in list.ResponseStream.Current.ActualLrps)
                rows[(row.ActualLrpKey.Index, row.Presence)] = row;
        }

        return revision;
    }

    private static IReadOnlyList<ActualLRP> InOrder(IEnumerable<ActualLRP> rows) =>
        [.. rows.OrderBy(row => row.ActualLrpKey.Index).ThenBy(row => row.Presence)];

    private static bool Apply(Event next, string processGuid, Dictionary<(int, ActualLRP.Types.Presence), ActualLRP> rows)
    {
        switch (next.PayloadCase)
        {
            case Event.PayloadOneofCase.ActualLrpInstanceCreated
                when next.ActualLrpInstanceCreated.ActualLrp is { } created && created.ActualLrpKey.ProcessGuid == processGuid:
                rows[(created.ActualLrpKey.Index, created.Presence)] = created;
                return true;
            case Event.PayloadOneofCase.ActualLrpInstanceRemoved
                when next.ActualLrpInstanceRemoved.ActualLrp is { } removed && removed.ActualLrpKey.ProcessGuid == processGuid:
                // A restart creates the new row before it removes the old one, so only a row with the same modification tag is removed.
                if (
                    rows.TryGetValue((removed.ActualLrpKey.Index, removed.Presence), out var current)
                    && current.ModificationTag.Equals(removed.ModificationTag)
                )
                    rows.Remove((removed.ActualLrpKey.Index, removed.Presence));
                return true;
            case Event.PayloadOneofCase.ActualLrpInstanceChanged when next.ActualLrpInstanceChanged.ActualLrpKey.ProcessGuid == processGuid:
                Change(next.ActualLrpInstanceChanged, rows);
                return true;
            default:
                return false;
        }
    }

    private static void Change(ActualLRPInstanceChangedEvent change, Dictionary<(int, ActualLRP.Types.Presence), ActualLRP> rows)
    {
        rows.Remove((change.ActualLrpKey.Index, change.Before.Presence));
        var row = new ActualLRP
        {
            ActualLrpKey = change.ActualLrpKey,
            // The event always names the instance it is about, even if that instance has just left the row.
            ActualLrpInstanceKey = change.After.State is ActualLrpStateNames.Claimed or ActualLrpStateNames.Running
                ? change.ActualLrpInstanceKey
                : new ActualLRPInstanceKey(),
            ActualLrpNetInfo = change.After.ActualLrpNetInfo,
            CrashCount = change.After.CrashCount,
            CrashReason = change.After.CrashReason,
            State = change.After.State,
            PlacementError = change.After.PlacementError,
            Since = change.After.Since,
            ModificationTag = change.After.ModificationTag,
            Presence = change.After.Presence,
            AvailabilityZone = change.After.AvailabilityZone,
        };
        if (change.After.HasRoutable)
            row.Routable = change.After.Routable;
        rows[(change.ActualLrpKey.Index, change.After.Presence)] = row;
    }
}
