using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Scheduler.Models;

namespace Scheduler.Router;

/// <summary>The certificate that clients see. When its files change, new connections get the new one; the others keep theirs.</summary>
internal sealed class FrontCertificate(RouterOptions options)
{
    private (string Certificate, string Key) _read;
    private volatile SslServerAuthenticationOptions? _current;

    /// <summary>How to greet the next connection.</summary>
    public SslServerAuthenticationOptions Current => _current ?? throw new InvalidOperationException("The certificate was not read yet.");

    /// <summary>Reads the files, and takes over what they contain if that has changed.</summary>
    /// <returns>The new certificate; null if there is none.</returns>
    /// <exception cref="DomainException">
    /// InvalidRequest: a file cannot be read, or the two do not fit; the certificate stays. Thrown once for the same content.
    /// </exception>
    public X509Certificate2? Refresh()
    {
        try
        {
            var read = (File.ReadAllText(options.TlsCertificateFile), File.ReadAllText(options.TlsKeyFile));
            if (read == _read)
                return null;
            _read = read;
            var (certificate, chain) = Parse(read);
            _current = new SslServerAuthenticationOptions
            {
                // Offline: what is to be sent is in the file.
                ServerCertificateContext = SslStreamCertificateContext.Create(certificate, chain, offline: true),
                ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            };
            return certificate;
        }
        // An argument is what is wrong with a key that is not the certificate's.
        catch (Exception failure)
            when (failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new DomainException(
                DomainError.Invalid("tls-cert", $"cannot read {options.TlsCertificateFile} with {options.TlsKeyFile}: {failure.Message}"),
                failure
            );
        }
    }

    private static (X509Certificate2 Certificate, X509Certificate2Collection Chain) Parse((string Certificate, string Key) pem)
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPem(pem.Certificate);
        using var first = X509Certificate2.CreateFromPem(pem.Certificate, pem.Key);
        return (X509CertificateLoader.LoadPkcs12(first.Export(X509ContentType.Pkcs12), null), [.. all.Skip(1)]);
    }
}
