namespace Scheduler.MariaDb;

/// <summary>How far the connection is protected. The names and their order of strictness are MySqlConnector's.</summary>
public enum MariaDbSslMode
{
    /// <summary>Never TLS.</summary>
    None,

    /// <summary>TLS if the server has it. With an authority given, the server's certificate must be of it.</summary>
    Preferred,

    /// <summary>TLS or no connection. With an authority given, the server's certificate must be of it; without, any will do.</summary>
    Required,

    /// <summary>TLS, with a server certificate of the authority in SslCa.</summary>
    VerifyCA,

    /// <summary>TLS, with a server certificate of the authority in SslCa (else of one that the system trusts) that names the host.</summary>
    VerifyFull,
}

/// <summary>How the server is reached.</summary>
public enum MariaDbConnectionProtocol
{
    /// <summary>TCP; a server name that starts with / is a Unix socket all the same.</summary>
    Socket,
    Sockets = Socket,
    Tcp = Socket,

    /// <summary>A Unix socket whose path is the server name.</summary>
    UnixSocket,
    Unix = UnixSocket,
}

/// <summary>Which <see cref="System.DateTimeKind"/> dates have when read, and may have when written.</summary>
public enum MariaDbDateTimeKind
{
    /// <summary>Read as unspecified; any kind is written as it is.</summary>
    Unspecified,

    /// <summary>Read as UTC; local times are refused. The session's time zone is set to UTC, so that TIMESTAMP columns agree.</summary>
    Utc,

    /// <summary>Read as local; UTC times are refused.</summary>
    Local,
}

/// <summary>Which columns are read as <see cref="Guid"/>.</summary>
public enum MariaDbGuidFormat
{
    /// <summary>As <see cref="Char36"/>.</summary>
    Default,

    /// <summary>None: they are text or bytes.</summary>
    None,

    /// <summary>CHAR(36) columns.</summary>
    Char36,
}
