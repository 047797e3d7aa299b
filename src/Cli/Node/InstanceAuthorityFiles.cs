using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Scheduler.Cli.Node;

/// <summary>
/// The node's own authority for its containers' certificates. It stays the same over restarts, so that what a container trusted before
/// still counts.
/// </summary>
internal sealed record InstanceAuthorityFiles(string CertificateFile, string KeyFile)
{
    private const int Years = 10;
    private const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Creates the files if they are missing, unreadable or about to expire.</summary>
    public static InstanceAuthorityFiles Ensure(string directory, TimeProvider time)
    {
        var files = new InstanceAuthorityFiles(Path.Combine(directory, "ca.crt"), Path.Combine(directory, "ca.key"));
        var now = time.GetUtcNow();
        if (files.IsUsable(now.AddDays(30)))
            return files;
        Directory.CreateDirectory(directory, OnlyOwner | UnixFileMode.UserExecute);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=scheduler development instance authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using var certificate = request.CreateSelfSigned(now.AddMinutes(-10), now.AddYears(Years));
        Write(files.KeyFile, key.ExportPkcs8PrivateKeyPem());
        Write(files.CertificateFile, certificate.ExportCertificatePem());
        return files;
    }

    private bool IsUsable(DateTimeOffset until)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPemFile(CertificateFile, KeyFile);
            return certificate.NotAfter > until;
        }
        catch (Exception failure) when (failure is IOException or CryptographicException or ArgumentException)
        {
            return false;
        }
    }

    private static void Write(string path, string pem)
    {
        File.Delete(path);
        using var file = new StreamWriter(
            path,
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = OnlyOwner,
            }
        );
        file.WriteLine(pem);
    }
}
