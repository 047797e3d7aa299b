namespace Scheduler.Bbs.Outbound;

/// <summary>The auctioneer, as the BBS needs it. Methods throw <see cref="DomainException"/> when it cannot be reached or refuses.</summary>
public interface IAuctioneerClient
{
    Task RequestAsync(string url, LRPAuctionsRequest request, CancellationToken cancellationToken);

    Task RequestAsync(string url, TaskAuctionsRequest request, CancellationToken cancellationToken);
}

/// <summary>Reps, as the BBS needs them. Methods throw <see cref="DomainException"/> when one cannot be reached or refuses.</summary>
public interface IRepClient
{
    Task StopAsync(string url, StopLRPRequest request, CancellationToken cancellationToken);

    Task UpdateAsync(string url, UpdateLRPRequest request, CancellationToken cancellationToken);

    Task CancelAsync(string url, CancelRepTaskRequest request, CancellationToken cancellationToken);
}

/// <summary>How one try of a callback ended.</summary>
public enum CallbackOutcome
{
    /// <summary>Somebody answered; what is not the BBS's business, as long as it was not that the answerer is away.</summary>
    Delivered,

    /// <summary>503, 504 or a timeout: worth another try at once.</summary>
    TryAgain,

    /// <summary>Nobody there; convergence comes back to it.</summary>
    Failed,
}

/// <summary>Tells the client of a task how it ended.</summary>
public interface ITaskCallbackClient
{
    Task<CallbackOutcome> PostAsync(string url, ReadOnlyMemory<byte> json, CancellationToken cancellationToken);
}

/// <summary>Everybody whom the BBS calls.</summary>
public sealed record OutboundClients(IAuctioneerClient Auctioneer, IRepClient Rep, ITaskCallbackClient Callback);
