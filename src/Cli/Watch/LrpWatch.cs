using System.Runtime.CompilerServices;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Cli.Watch;

/// <summary>Follows the instances of one process by events, so that nobody has to poll.</summary>
internal sealed class LrpWatch(EventService.EventServiceClient events, TimeProvider time)
{
    /// <summary>Waits until the process's rows meet a condition.</summary>
    /// <param name="changed">Called with all rows, by index, after the first view and after each change.</param>
    /// <returns>The rows that met it.</returns>
    /// <exception cref="DomainException">Not within <paramref name="timeout"/>; the message has the last rows seen.</exception>
    public async Task<IReadOnlyList<ActualLRP>> UntilAsync(
        string processGuid,
        Func<IReadOnlyList<ActualLRP>, bool> condition,
        TimeSpan timeout,
        Action<IReadOnlyList<ActualLRP>>? changed,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<ActualLRP> last = [];
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            while (true)
            {
                await foreach (var rows in ViewsAsync(processGuid, either.Token))
                {
                    last = rows;
                    changed?.Invoke(rows);
                    if (condition(rows))
                        return rows;
                }
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new DomainError(ErrorKind.Timeout, $"{processGuid} is not as expected after {timeout.TotalSeconds:0} s: {Describe(last)}").ToException();
        }
    }

    /// <summary>One line about each row: what a person needs to see why something is not as expected.</summary>
    public static string Describe(IReadOnlyList<ActualLRP> rows) =>
        rows.Count == 0 ? "no instances" : string.Join("; ", rows.Select(row =>
            $"/{row.ActualLrpKey.Index} {row.State}"
            + (row.Presence == ActualLRP.Types.Presence.Ordinary ? "" : $" ({row.Presence})")
            + (row.PlacementError.Length > 0 ? $" ({row.PlacementError})" : "")
            + (row.CrashReason.Length > 0 ? $" (crashed {row.CrashCount} times: {row.CrashReason})" : "")));

    private async IAsyncEnumerable<IReadOnlyList<ActualLRP>> ViewsAsync(
        string processGuid, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var rows = new Dictionary<(int Index, ActualLRP.Types.Presence Presence), ActualLRP>();
        var complete = false;
        using var call = events.Follow(new FollowRequest { Snapshot = true, Lrps = true }, cancellationToken: cancellationToken);
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            var next = call.ResponseStream.Current;
            complete |= next.PayloadCase == Event.PayloadOneofCase.SnapshotComplete;
            var isOurs = Apply(next, processGuid, rows);
            if (complete && (isOurs || next.PayloadCase == Event.PayloadOneofCase.SnapshotComplete))
                yield return [.. rows.Values.OrderBy(row => row.ActualLrpKey.Index).ThenBy(row => row.Presence)];
        }
    }

    private static bool Apply(Event next, string processGuid, Dictionary<(int, ActualLRP.Types.Presence), ActualLRP> rows)
    {
        switch (next.PayloadCase)
        {
            case Event.PayloadOneofCase.ActualLrpInstanceCreated when next.ActualLrpInstanceCreated.ActualLrp is { } created && created.ActualLrpKey.ProcessGuid == processGuid:
                rows[(created.ActualLrpKey.Index, created.Presence)] = created;
                return true;
            case Event.PayloadOneofCase.ActualLrpInstanceRemoved when next.ActualLrpInstanceRemoved.ActualLrp is { } removed && removed.ActualLrpKey.ProcessGuid == processGuid:
                // A restart tells of the new life of a row before the end of the old one: only the same life is removed.
                if (rows.TryGetValue((removed.ActualLrpKey.Index, removed.Presence), out var current) && current.ModificationTag.Equals(removed.ModificationTag))
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
        rows[(change.ActualLrpKey.Index, change.After.Presence)] = new ActualLRP
        {
            ActualLrpKey = change.ActualLrpKey,
            // The event names the instance that it is about, also when that instance has just left the row.
            ActualLrpInstanceKey = change.After.State is ActualLrpStateNames.Claimed or ActualLrpStateNames.Running ? change.ActualLrpInstanceKey : new ActualLRPInstanceKey(),
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
    }
}
