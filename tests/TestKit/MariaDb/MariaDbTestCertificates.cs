using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Scheduler.Tests.TestKit.MariaDb;

/// <summary>
/// A temporary certificate authority with one server certificate (127.0.0.1 and localhost) and one client certificate, as PEM. RSA, because
/// every build of the server and of the client library can read it.
/// </summary>
public sealed class MariaDbTestCertificates
{
    private static readonly DateTimeOffset NotBefore = DateTimeOffset.UtcNow.AddDays(-1);
    private static readonly DateTimeOffset NotAfter = DateTimeOffset.UtcNow.AddDays(30);

    private readonly string _ca;
    private readonly (string Certificate, string Key) _server;
    private readonly (string Certificate, string Key) _client;

    private MariaDbTestCertificates(string ca, (string Certificate, string Key) server, (string Certificate, string Key) client)
    {
        _ca = ca;
        _server = server;
        _client = client;
    }

    /// <summary>Creates a certificate authority and its two certificates.</summary>
    /// <param name="serverName">The DNS name in the server's certificate in addition to localhost.</param>
    /// <param name="withLoopback">Whether the server's certificate also names 127.0.0.1; false causes a host name mismatch.</param>
    public static MariaDbTestCertificates Create(string serverName = "localhost", bool withLoopback = true)
    {
        using var caKey = RSA.Create(2048);
        var request = Request("CN=scheduler test authority", caKey);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        using var ca = request.CreateSelfSigned(NotBefore, NotAfter);

        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(serverName);
        if (withLoopback)
            names.AddIpAddress(IPAddress.Loopback);
        // The client library also checks the common name.
        return new MariaDbTestCertificates(
            ca.ExportCertificatePem(),
            Issue(ca, withLoopback ? "CN=127.0.0.1" : $"CN={serverName}", "1.3.6.1.5.5.7.3.1", names),
            Issue(ca, "CN=scheduler-client", "1.3.6.1.5.5.7.3.2", null)
        );
    }

    /// <summary>Writes ca.pem, server-cert.pem, server-key.pem, client-cert.pem and client-key.pem into a directory.</summary>
    public void WriteTo(string directory)
    {
        File.WriteAllText(Path.Combine(directory, "ca.pem"), _ca);
        File.WriteAllText(Path.Combine(directory, "server-cert.pem"), _server.Certificate);
        File.WriteAllText(Path.Combine(directory, "server-key.pem"), _server.Key);
        File.WriteAllText(Path.Combine(directory, "client-cert.pem"), _client.Certificate);
        File.WriteAllText(Path.Combine(directory, "client-key.pem"), _client.Key);
    }

    internal static string[] ServerArguments(string directory) =>
        [
            $"--ssl-ca={Path.Combine(directory, "ca.pem")}",
            $"--ssl-cert={Path.Combine(directory, "server-cert.pem")}",
            $"--ssl-key={Path.Combine(directory, "server-key.pem")}",
        ];

    private static (string Certificate, string Key) Issue(
        X509Certificate2 ca,
        string subject,
        string usage,
        SubjectAlternativeNameBuilder? names
    )
    {
        using var key = RSA.Create(2048);
        var request = Request(subject, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, true)
        );
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        if (names is not null)
            request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(ca, NotBefore, NotAfter, RandomNumberGenerator.GetBytes(8));
        return (certificate.ExportCertificatePem(), key.ExportRSAPrivateKeyPem());
    }

    private static CertificateRequest Request(string subject, RSA key) =>
        new(subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
}
