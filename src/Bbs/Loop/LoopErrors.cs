using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.Loop;

/// <summary>Why a command was not done, whatever it was.</summary>
internal static class LoopErrors
{
    public static readonly DomainError Stopped =
        new(ErrorKind.NotActive, "this BBS does not lead any more; the request was not acknowledged and has to be sent to the active one");

    public static DomainError QueueFull(int length) =>
        new(ErrorKind.Overloaded, $"{length} requests wait for the BBS already; nothing was done");

    /// <summary>What the store says of a row can name columns and values of others; the caller is told only what its own fields break.</summary>
    public static DomainException RowRefused(Exception why) => why.InnerException is DomainException broken
        ? broken
        : new DomainException(new DomainError(ErrorKind.Unknown, "the store does not take what this request would write; the BBS's log says why; nothing was done"), why);

    public static DomainException NotCommitted(Exception why) => why switch
    {
        StoreException { NoRoom: true } =>
            new DomainException(new DomainError(ErrorKind.InsufficientResources, "the store's disk is full; nothing was done, and it can be asked for again when there is room"), why),
        StoreException { OutcomeUnknown: false } =>
            new DomainException(new DomainError(ErrorKind.Unavailable, "the store did not take the change; nothing was done"), why),
        LeadershipLostException =>
            new DomainException(Stopped, why),
        _ =>
            new DomainException(new DomainError(ErrorKind.Unavailable, "the store's answer was lost; the change may or may not have been made"), why),
    };
}
