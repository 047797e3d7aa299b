using Scheduler.Contracts.V1;

namespace Scheduler.Hosting.Events;

/// <summary>The BBS's event stream.</summary>
public interface IBbsEvents
{
    /// <exception cref="Models.DomainException">The BBS refused; RevisionGone if it no longer holds the requested revision.</exception>
    IAsyncEnumerable<Event> FollowAsync(FollowRequest request, CancellationToken cancellationToken);
}
