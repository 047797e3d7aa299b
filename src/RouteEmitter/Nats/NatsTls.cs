using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Scheduler.RouteEmitter.Nats;

/// <summary>TLS towards a NATS server. Files are read at each connection, so that renewed certificates are taken up.</summary>
internal static class NatsTls
{
    public static async Task<SslStream> AuthenticateAsync(Stream stream, string host, NatsOptions options, CancellationToken cancellationToken)
    {
        var tls = new SslStream(stream);
        try
        {
            await tls.AuthenticateAsClientAsync(ClientOptions(host, options), cancellationToken);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    private static SslClientAuthenticationOptions ClientOptions(string host, NatsOptions options)
    {
        var client = new SslClientAuthenticationOptions { TargetHost = host };
        if (options.CertificateFile is { } certificate)
        {
            var own = X509Certificate2.CreateFromPemFile(certificate, options.KeyFile);
            client.ClientCertificateContext = SslStreamCertificateContext.Create(own, null, offline: true);
        }

        if (options.CaFile is { } ca)
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(ca);
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(authorities);
            client.CertificateChainPolicy = policy;
        }

        return client;
    }
}
