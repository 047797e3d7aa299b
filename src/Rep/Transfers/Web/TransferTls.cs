using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Scheduler.Hosting.Settings;
using Scheduler.Models;

namespace Scheduler.Rep.Transfers.Web;

/// <summary>Whom transfers trust, and what they show to servers that ask.</summary>
internal static class TransferTls
{
    /// <exception cref="DomainException">A file is missing or invalid; names the option.</exception>
    public static SslClientAuthenticationOptions Options(TransferOptions options)
    {
        var tls = new SslClientAuthenticationOptions();
        if (options.AuthorityFile.Length > 0)
        {
            var authorities = Read(nameof(options.AuthorityFile), options.AuthorityFile, Certificates);
            tls.RemoteCertificateValidationCallback = (_, peer, chain, errors) => IsTrusted(peer, chain, errors, authorities);
        }

        if (options.CertificateFile.Length > 0)
        {
            var all = Read(nameof(options.CertificateFile), options.CertificateFile, Certificates);
            var own = Read(
                nameof(options.KeyFile),
                options.KeyFile,
                path =>
                {
                    using var pem = X509Certificate2.CreateFromPemFile(options.CertificateFile, path);
                    return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
                }
            );
            tls.ClientCertificateContext = SslStreamCertificateContext.Create(own, [.. all.Skip(1)], offline: true);
        }

        return tls;
    }

    /// <summary>The system's authorities count as well.</summary>
    private static bool IsTrusted(X509Certificate? peer, X509Chain? sent, SslPolicyErrors errors, X509Certificate2Collection authorities)
    {
        if (errors == SslPolicyErrors.None)
            return true;
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || peer is null)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (var element in sent?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        using var certificate = X509CertificateLoader.LoadCertificate(peer.GetRawCertData());
        return chain.Build(certificate);
    }

    private static X509Certificate2Collection Certificates(string path)
    {
        var found = new X509Certificate2Collection();
        found.ImportFromPemFile(path);
        return found.Count > 0 ? found : throw new CryptographicException("it contains no certificate");
    }

    private static T Read<T>(string property, string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
        {
            var setting = SettingAttribute.NameOf(typeof(TransferOptions).GetProperty(property)!);
            throw new DomainException(DomainError.Invalid(setting, $"cannot read {path}: {failure.Message}"), failure);
        }
    }
}
