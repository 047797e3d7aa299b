using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Events;
using Scheduler.Models;

namespace Scheduler.Client.Watch;

/// <summary>Reads an object once, then follows its events until a condition is met. If the stream breaks, reads the object again.</summary>
internal static class FollowedUntil
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500);

    /// <param name="filter">Selects the events that may concern the object.</param>
    /// <param name="loadAsync">Reads the object and returns its revision.</param>
    /// <param name="apply">Whether the event changed the object.</param>
    /// <param name="isMet">Called at first and after each change; true ends the wait.</param>
    /// <param name="describe">Describes for the error what was not reached.</param>
    /// <exception cref="DomainException">
    /// Not met within <paramref name="timeout"/>, or refused in a way that a retry does not fix.
    /// </exception>
    public static async Task RunAsync(
        CallInvoker bbs,
        FollowRequest filter,
        Func<CancellationToken, Task<ulong>> loadAsync,
        Func<Event, bool> apply,
        Func<bool> isMet,
        Func<string> describe,
        TimeSpan timeout,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        // Retry: another BBS may be about to take over.
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
