using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Scheduler.Hosting.Roles;

namespace Scheduler.Hosting.Tls;

/// <summary>
/// A temporary authority for one machine and for tests: issues a certificate per part, with its roles as organizational units. In
/// production, certificates come from the operator's own authority.
/// </summary>
public sealed class CertificateAuthority : IDisposable
{
    private const string ServerAuth = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuth = "1.3.6.1.5.5.7.3.2";
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(10);

    private readonly X509Certificate2 _root;
    private readonly TimeProvider _time;

    public CertificateAuthority(TimeProvider time, TimeSpan validity)
    {
        _time = time;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=scheduler development authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = time.GetUtcNow();
        _root = request.CreateSelfSigned(now - ClockSkew, now + validity);
    }

    /// <summary>Writes <c>NAME.crt</c>, <c>NAME.key</c> and <c>ca.crt</c> to a folder; only the owner can read the key.</summary>
    /// <param name="hosts">DNS names and IP addresses at which the part is reached.</param>
    public TlsOptions Issue(string directory, string name, PeerRoles roles, params IReadOnlyList<string> hosts) =>
        Issue(directory, name, [name], roles, hosts);

    /// <summary>As above, for a process that is several components, such as a process of simulated cells.</summary>
    /// <param name="names">The common names of the certificate's subject.</param>
    public TlsOptions Issue(string directory, string file, IReadOnlyList<string> names, PeerRoles roles, IReadOnlyList<string> hosts)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new X500DistinguishedNameBuilder();
        foreach (var name in names)
            subject.AddCommonName(name);
        foreach (var unit in CertificateRoles.Units(roles))
            subject.AddOrganizationalUnitName(unit);
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuth), new Oid(ClientAuth)], false));
        var addresses = new SubjectAlternativeNameBuilder();
        foreach (var host in hosts)
        {
            if (IPAddress.TryParse(host, out var address))
                addresses.AddIpAddress(address);
            else
                addresses.AddDnsName(host);
        }

        if (hosts.Count > 0)
            request.CertificateExtensions.Add(addresses.Build());
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7f;
        var now = _time.GetUtcNow();
        using var certificate = request.Create(_root, now - ClockSkew, _root.NotAfter, serial);

        Directory.CreateDirectory(directory);
        var issued = new TlsOptions
        {
            CertificateFile = Path.Combine(directory, file + ".crt"),
            KeyFile = Path.Combine(directory, file + ".key"),
            AuthorityFile = Path.Combine(directory, "ca.crt"),
        };
        Replace(
            issued.CertificateFile,
            certificate.ExportCertificatePem(),
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead
        );
        Replace(issued.KeyFile, key.ExportPkcs8PrivateKeyPem(), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Replace(
            issued.AuthorityFile,
            _root.ExportCertificatePem(),
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead
        );
        return issued;
    }

    public void Dispose() => _root.Dispose();

    /// <summary>
    /// Writes a temporary file and renames it, because parts that start one after the other read the authority's file while it is
    /// rewritten.
    /// </summary>
    private static void Replace(string path, string pem, UnixFileMode mode)
    {
        var draft = $"{path}.{Guid.NewGuid():n}";
        using (
            var file = new StreamWriter(
                draft,
                new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    UnixCreateMode = mode,
                }
            )
        )
            file.WriteLine(pem);
        File.Move(draft, path, overwrite: true);
    }
}
