namespace Scheduler.Bbs.Outbound;

/// <summary>Client of the auctioneer. Methods throw <see cref="DomainException"/> when it cannot be reached or refuses.</summary>
public interface IAuctioneerClient
{
    Task RequestAsync(string url, LRPAuctionsRequest request, CancellationToken cancellationToken);

    Task RequestAsync(string url, TaskAuctionsRequest request, CancellationToken cancellationToken);
}

/// <summary>Client of the reps. Methods throw <see cref="DomainException"/> when a rep cannot be reached or refuses.</summary>
public interface IRepClient
{
    Task StopAsync(string url, StopLRPRequest request, CancellationToken cancellationToken);

    Task UpdateAsync(string url, UpdateLRPRequest request, CancellationToken cancellationToken);

    Task CancelAsync(string url, CancelRepTaskRequest request, CancellationToken cancellationToken);
}

/// <summary>Outcome of one attempt at a callback.</summary>
public enum CallbackOutcome
{
    /// <summary>
    /// The receiver answered. The answer itself does not matter to the BBS, unless it says that the receiver is unavailable.
    /// </summary>
    Delivered,

    /// <summary>503, 504 or a timeout: retried at once.</summary>
    TryAgain,

    /// <summary>The receiver cannot be reached; convergence retries later.</summary>
    Failed,
}

/// <summary>Notifies the client of a task of the task's result.</summary>
public interface ITaskCallbackClient
{
    Task<CallbackOutcome> PostAsync(string url, ReadOnlyMemory<byte> json, CancellationToken cancellationToken);
}

/// <summary>All clients that the BBS calls.</summary>
public sealed record OutboundClients(IAuctioneerClient Auctioneer, IRepClient Rep, ITaskCallbackClient Callback);
