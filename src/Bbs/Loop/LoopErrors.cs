using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.Loop;

/// <summary>Errors common to all commands that were not carried out.</summary>
internal static class LoopErrors
{
    public static readonly DomainError Stopped = new(
        ErrorKind.NotActive,
        "this BBS is no longer active and did not acknowledge the request; send it to the active BBS"
    );

    public static readonly DomainError OutcomeUnknown = new(
        ErrorKind.Unavailable,
        "the store did not answer; the change may or may not have been made"
    );

    public static DomainError QueueFull(int length) =>
        new(ErrorKind.Overloaded, $"the BBS is overloaded: its queue of {length} requests is full; nothing was changed, retry later");

    /// <summary>
    /// The store's error can contain columns and values of other commands' rows; the caller is told only which of its own fields break a
    /// rule.
    /// </summary>
    public static DomainException RowRefused(Exception why) =>
        why.InnerException is DomainException broken
            ? broken
            : new DomainException(
                new DomainError(
                    ErrorKind.Unknown,
                    "the store rejected the row that this request would write; nothing was changed, see the BBS's log for the cause"
                ),
                why
            );

    public static DomainException NotCommitted(Exception why) =>
        why switch
        {
            StoreException { NoRoom: true } => new DomainException(
                new DomainError(ErrorKind.InsufficientResources, "the store's disk is full; nothing was changed, retry when there is room"),
                why
            ),
            StoreException { OutcomeUnknown: false } => new DomainException(
                new DomainError(ErrorKind.Unavailable, "the store did not accept the change; nothing was changed"),
                why
            ),
            LeadershipLostException => new DomainException(Stopped, why),
            _ => new DomainException(OutcomeUnknown, why),
        };
}
