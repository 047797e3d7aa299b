namespace Grpc.Core;

/// <summary>The result of a call, numbered as on the wire.</summary>
public enum StatusCode
{
    /// <summary>The call did what was asked.</summary>
    OK = 0,

    /// <summary>The caller gave up.</summary>
    Cancelled = 1,

    /// <summary>Something failed that nobody gave a better name.</summary>
    Unknown = 2,

    /// <summary>The request is wrong, whatever the state of the system.</summary>
    InvalidArgument = 3,

    /// <summary>The time ran out; the work may have been done all the same.</summary>
    DeadlineExceeded = 4,

    /// <summary>What the request names does not exist.</summary>
    NotFound = 5,

    /// <summary>What the request wants to make exists already.</summary>
    AlreadyExists = 6,

    /// <summary>The caller is known and may not do this.</summary>
    PermissionDenied = 7,

    /// <summary>A limit was met: message size, quota, queue, memory.</summary>
    ResourceExhausted = 8,

    /// <summary>The system is not in the state that the request needs.</summary>
    FailedPrecondition = 9,

    /// <summary>A concurrent change won; read again and decide again.</summary>
    Aborted = 10,

    /// <summary>Past the valid range.</summary>
    OutOfRange = 11,

    /// <summary>The method, or the encoding that it was sent in, is not known here.</summary>
    Unimplemented = 12,

    /// <summary>An invariant is broken, here or on the wire.</summary>
    Internal = 13,

    /// <summary>Not reachable now; a retry may help.</summary>
    Unavailable = 14,

    /// <summary>Data is lost beyond repair.</summary>
    DataLoss = 15,

    /// <summary>The caller did not say who it is, or not credibly.</summary>
    Unauthenticated = 16,
}
