namespace Scheduler.MariaDb.Native;

/// <summary>enum mysql_option: the members in use.</summary>
internal enum NativeOption
{
    ConnectTimeout = 0,
    CharsetName = 7,
    LocalInfile = 8,
    Protocol = 9,
    VerifyServerCertificate = 21,
    SslKey = 25,
    SslCertificate = 26,
    SslCa = 27,
    ConnectAttributeAdd = 33,
    UseTls = 38,
    MaxAllowedPacket = 39,
    TlsVersion = 41,
    RestrictedAuthentication = 7026,
}
