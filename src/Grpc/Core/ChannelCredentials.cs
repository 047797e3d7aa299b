namespace Grpc.Core;

/// <summary>
/// Whether a channel is to be encrypted. Certificates are set on the HTTP handler of the channel (<c>SocketsHttpHandler.SslOptions</c>);
/// this only has to agree with the scheme of the address.
/// </summary>
public abstract class ChannelCredentials
{
    private static readonly ChannelCredentials InsecureCredentials = new Kind(secure: false);
    private static readonly ChannelCredentials SecureCredentials = new Kind(secure: true);

    /// <summary>No TLS: <c>http://</c>.</summary>
    public static ChannelCredentials Insecure => InsecureCredentials;

    /// <summary>TLS: <c>https://</c>.</summary>
    public static ChannelCredentials SecureSsl => SecureCredentials;

    internal abstract bool IsSecure { get; }

    private sealed class Kind(bool secure) : ChannelCredentials
    {
        internal override bool IsSecure => secure;
    }
}
