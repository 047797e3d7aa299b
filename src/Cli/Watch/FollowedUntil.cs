using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Events;
using Scheduler.Models;

namespace Scheduler.Cli.Watch;

/// <summary>Reads something once, then follows the events about it, until it is as it should be. When the stream breaks it reads again.</summary>
internal static class FollowedUntil
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500);

    /// <param name="filter">Which events may be about it.</param>
    /// <param name="loadAsync">Reads it, and says as of which revision.</param>
    /// <param name="apply">Whether the event has changed it.</param>
    /// <param name="isMet">Asked at first and after each change; true ends the wait.</param>
    /// <param name="describe">What was not reached, for the error.</param>
    /// <exception cref="DomainException">Not within <paramref name="timeout"/>, or a refusal that trying again does not mend.</exception>
    public static async Task RunAsync(
        CallInvoker bbs,
        FollowRequest filter,
        Func<CancellationToken, Task<ulong>> loadAsync,
        Func<Event, bool> apply,
        Func<bool> isMet,
        Func<string> describe,
        TimeSpan timeout,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        // Another BBS may be about to take over: that passes.
        var follower = new EventFollower(new GrpcBbsEvents(bbs), filter, _ => Retry, time, NullLogger.Instance)
        {
            Resumes = false,
            LoadAsync = loadAsync,
            MayPass = failure => failure.Kind is ErrorKind.Unavailable or ErrorKind.NotActive,
        };
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await follower.RunAsync(ReadAsync, either.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new DomainError(ErrorKind.Timeout, describe()).ToException();
        }

        async Task<bool> ReadAsync(EventStream stream)
        {
            if (isMet())
                return true;
            await foreach (var change in stream.TakeAllAsync())
            {
                if (apply(change) && isMet())
                    return true;
            }

            return false;
        }
    }
}
