using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Scheduler.Tests.Unit.Rep.Identity;

/// <summary>An authority of an operator, as files in a directory of its own.</summary>
internal sealed class AuthorityFiles : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("authority-");

    public AuthorityFiles(DateTimeOffset from, TimeSpan validity, bool isAuthority = true, bool rsa = false)
    {
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var modulus = rsa ? RSA.Create(2048) : null;
        var request = modulus is null
            ? new CertificateRequest("CN=instances", curve, HashAlgorithmName.SHA384)
            : new CertificateRequest("CN=instances", modulus, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        using var certificate = request.CreateSelfSigned(from, from + validity);
        File.WriteAllText(Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(Key, modulus?.ExportRSAPrivateKeyPem() ?? curve.ExportECPrivateKeyPem());
    }

    public string Certificate => Path.Combine(_directory.FullName, "ca.crt");

    public string Key => Path.Combine(_directory.FullName, "ca.key");

    public void Dispose() => _directory.Delete(recursive: true);
}
