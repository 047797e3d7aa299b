using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Scheduler.Models;

namespace Scheduler.Hosting.Tls;

/// <summary>A loaded TLS identity: this part's certificate and the trusted authorities.</summary>
public sealed class TlsIdentity
{
    private readonly SslStreamCertificateContext _context;
    private readonly X509Certificate2Collection _authorities;

    private TlsIdentity(X509Certificate2 certificate, X509Certificate2Collection intermediates, X509Certificate2Collection authorities)
    {
        Certificate = certificate;
        _authorities = authorities;
        // Without the trust it would read all authorities of the machine, which takes longer than a command of the client.
        _context = SslStreamCertificateContext.Create(
            certificate,
            intermediates,
            offline: true,
            SslCertificateTrust.CreateForX509Collection(authorities, sendTrustInHandshake: false)
        );
    }

    public X509Certificate2 Certificate { get; }

    /// <summary>Reads the three files.</summary>
    /// <returns>Null if none is set.</returns>
    /// <exception cref="DomainException">A file is missing or invalid; names the option and the file.</exception>
    public static TlsIdentity? Load(TlsOptions options)
    {
        if (!options.IsSet)
            return null;
        var certificateFile = Required(options.CertificateFile, "certificate");
        var keyFile = Required(options.KeyFile, "key");
        var authorityFile = Required(options.AuthorityFile, "authority");
        var chain = Read(
            "certificate",
            certificateFile,
            path =>
            {
                var collection = new X509Certificate2Collection();
                collection.ImportFromPemFile(path);
                return collection;
            }
        );
        var certificate = Read("key", keyFile, path => X509Certificate2.CreateFromPemFile(certificateFile, path));
        var authorities = Read(
            "authority",
            authorityFile,
            path =>
            {
                var collection = new X509Certificate2Collection();
                collection.ImportFromPemFile(path);
                return collection;
            }
        );
        if (authorities.Count == 0)
            throw DomainError.Invalid("tls.authority", $"{authorityFile} contains no certificate").ToException();
        return new TlsIdentity(certificate, [.. chain.Skip(1)], authorities);
    }

    /// <summary>For a listener: requires a certificate of a trusted authority from every peer.</summary>
    public SslServerAuthenticationOptions ServerOptions() =>
        new()
        {
            ServerCertificateContext = _context,
            ClientCertificateRequired = true,
            CertificateChainPolicy = Policy(),
            RemoteCertificateValidationCallback = (_, peer, _, errors) =>
                (errors & SslPolicyErrors.RemoteCertificateNotAvailable) == 0 && peer is not null && IsTrusted(peer),
            ApplicationProtocols = [SslApplicationProtocol.Http2],
        };

    /// <summary>For outgoing connections: presents this part's certificate, and checks the peer's authority and name.</summary>
    public SslClientAuthenticationOptions ClientOptions() =>
        new()
        {
            ClientCertificateContext = _context,
            CertificateChainPolicy = Policy(),
            LocalCertificateSelectionCallback = (_, _, _, _, _) => Certificate,
            RemoteCertificateValidationCallback = (_, peer, _, errors) =>
                (errors & (SslPolicyErrors.RemoteCertificateNotAvailable | SslPolicyErrors.RemoteCertificateNameMismatch)) == 0
                && peer is not null
                && IsTrusted(peer),
            ApplicationProtocols = [SslApplicationProtocol.Http2],
        };

    private bool IsTrusted(X509Certificate peer)
    {
        using var chain = new X509Chain { ChainPolicy = Policy() };
        return chain.Build(X509CertificateLoader.LoadCertificate(peer.GetRawCertData()));
    }

    /// <summary>Also for the check that the stream makes before it asks: by default it reads all authorities of the machine.</summary>
    private X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(_authorities);
        return policy;
    }

    private static string Required(string? path, string name) =>
        path
        ?? throw DomainError.Invalid($"tls.{name}", "must be set: certificate, key and authority are only valid together").ToException();

    private static T Read<T>(string name, string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new DomainException(DomainError.Invalid($"tls.{name}", $"cannot read {path}: {failure.Message}"), failure);
        }
    }
}
