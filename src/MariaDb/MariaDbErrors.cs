namespace Scheduler.MariaDb;

/// <summary>Error numbers that callers of the provider decide by.</summary>
public static class MariaDbErrors
{
    /// <summary>This provider's: the command took longer than its timeout and was interrupted.</summary>
    public const int CommandTimeoutExpired = -1;

    /// <summary>This provider's: no connection of the pool came free within the connection timeout.</summary>
    public const int PoolExhausted = -2;

    public const int TooManyConnections = 1040;
    public const int AccessDenied = 1045;
    public const int ServerShutdown = 1053;
    public const int DuplicateKeyEntry = 1062;
    public const int PacketTooLarge = 1153;
    public const int LockWaitTimeout = 1205;
    public const int LockDeadlock = 1213;
    public const int QueryInterrupted = 1317;
    public const int ConnectionKilled = 1927;
    public const int CannotConnectThroughSocket = 2002;
    public const int CannotConnect = 2003;
    public const int ServerGone = 2006;
    public const int ServerLost = 2013;
    public const int TlsError = 2026;

    internal static bool IsTransient(int number) => number switch
    {
        CommandTimeoutExpired or PoolExhausted => true,
        TooManyConnections or ServerShutdown or LockWaitTimeout or LockDeadlock or ConnectionKilled => true,
        1129 or 1203 or 1226 or 1614 => true, // host blocked, too many of a user's connections, resource limit, XA deadlock
        1290 or 1836 => true, // read-only server: a failover is under way
        _ => IsConnectionLoss(number),
    };

    /// <summary>Errors after which the connection cannot be used any more.</summary>
    internal static bool IsConnectionLoss(int number) => number switch
    {
        ServerShutdown or ConnectionKilled => true,
        1042 or 1043 or 1080 or 1152 or (>= 1154 and <= 1161) or 1184 => true, // handshake and network errors seen by the server
        CannotConnectThroughSocket or CannotConnect or 2004 or 2005 or ServerGone or 2012 or ServerLost or 2014 or 2027 or 2055 => true,
        _ => false,
    };

    /// <summary>Errors that end the connection without being worth a retry: the server hangs up on a packet that is too large.</summary>
    internal static bool BreaksConnection(int number) => IsConnectionLoss(number) || number is PacketTooLarge or 2020;
}
