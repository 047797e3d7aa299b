using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Scheduler.Tests.Integration.Grpc;

/// <summary>An authority made for one test run, with a server's and a client's certificate, also as PEM files for foreign programs.</summary>
internal sealed class TestCertificates
{
    public const string ClientName = "interop-client";

    private readonly X509Certificate2 _authority;

    private TestCertificates(X509Certificate2 authority, X509Certificate2 server, X509Certificate2 client)
    {
        _authority = authority;
        Server = server;
        Client = client;
    }

    public X509Certificate2 Server { get; }

    public X509Certificate2 Client { get; }

    public static TestCertificates Create(string folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=interop authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.DigitalSignature, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        var authority = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(Path.Combine(folder, "ca.pem"), authority.ExportCertificatePem());
        return new TestCertificates(authority, Issue(authority, "localhost", folder, "server"), Issue(authority, ClientName, folder, "client"));
    }

    /// <summary>Whether a certificate was issued by this authority.</summary>
    public bool Trusts(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }

    public SslClientAuthenticationOptions ClientOptions(bool withCertificate = true) => new()
    {
        TargetHost = "localhost",
        ClientCertificates = withCertificate ? [Client] : [],
        RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is X509Certificate2 shown && Trusts(shown),
    };

    private static X509Certificate2 Issue(X509Certificate2 authority, string name, string folder, string file)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        var serial = new byte[8];
        RandomNumberGenerator.Fill(serial);
        using var issued = request.Create(authority, authority.NotBefore, authority.NotAfter, serial);
        var whole = issued.CopyWithPrivateKey(key);
        File.WriteAllText(Path.Combine(folder, file + ".pem"), whole.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, file + ".key"), key.ExportPkcs8PrivateKeyPem());
        // TLS wants a key that was loaded, not one that was only attached.
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pfx), null);
    }
}
