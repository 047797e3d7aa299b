using Scheduler.Contracts.V1;

namespace Scheduler.Hosting.Events;

/// <summary>The BBS's event stream.</summary>
public interface IBbsEvents
{
    /// <exception cref="Models.DomainException">The BBS refused; RevisionGone when it no longer holds the asked revision.</exception>
    IAsyncEnumerable<Event> FollowAsync(FollowRequest request, CancellationToken cancellationToken);
}
