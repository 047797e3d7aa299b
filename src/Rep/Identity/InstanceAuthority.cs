using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Scheduler.Models;

namespace Scheduler.Rep.Identity;

/// <summary>The authority that issues a certificate to each container of the cell. Thread-safe.</summary>
internal sealed class InstanceAuthority : IDisposable
{
    /// <summary>Names of the settings with its files.</summary>
    public const string CertificateSetting = "instance-ca-cert",
        KeySetting = "instance-ca-key";

    private const string SubjectAlternativeName = "2.5.29.17";
    private const string ServerAuth = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuth = "1.3.6.1.5.5.7.3.2";

    /// <summary>Certificates are valid from this long ago, for peers whose clocks are late.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    private readonly X509Certificate2 _certificate;
    private readonly X509SignatureGenerator _signer;
    private readonly AsymmetricAlgorithm _key;
    private readonly string _chain;
    private readonly byte[] _keyId;

    private InstanceAuthority(X509Certificate2 certificate, AsymmetricAlgorithm key, string chain)
    {
        (_certificate, _key, _chain, _keyId) = (certificate, key, chain, KeyIdOf(certificate));
        _signer = key switch
        {
            ECDsa curve => X509SignatureGenerator.CreateForECDsa(curve),
            RSA rsa => X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1),
            _ => throw new ArgumentException("has no key of a known kind", nameof(key)),
        };
    }

    public DateTimeOffset NotAfter => _certificate.NotAfter;

    /// <summary>Reads the authority's files.</summary>
    /// <param name="certificateFile">PEM; certificates above it may follow it and are handed on with each issued certificate.</param>
    /// <param name="keyFile">PEM, unencrypted, of an RSA or elliptic-curve key.</param>
    /// <exception cref="DomainException">A file cannot be read, they do not belong together, or the certificate is not one of an authority
    /// or has expired. Names the setting and the file.</exception>
    public static InstanceAuthority Load(string certificateFile, string keyFile, DateTimeOffset now)
    {
        var chain = Read(
            CertificateSetting,
            certificateFile,
            text =>
            {
                var collection = new X509Certificate2Collection();
                collection.ImportFromPem(text);
                return collection;
            }
        );
        if (chain.Count == 0)
            throw DomainError.Invalid(CertificateSetting, $"{certificateFile} contains no certificate").ToException();
        var certificate = chain[0];
        if (certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is not { CertificateAuthority: true })
            throw Wrong($"{certificateFile} is not the certificate of an authority");
        if (
            certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault() is { } usage
            && !usage.KeyUsages.HasFlag(X509KeyUsageFlags.KeyCertSign)
        )
            throw Wrong($"the certificate in {certificateFile} may not sign others");
        if (certificate.NotAfter <= now)
            throw Wrong($"the certificate in {certificateFile} expired at {certificate.NotAfter.ToUniversalTime():u}");

        var pair = Read(KeySetting, keyFile, text => X509Certificate2.CreateFromPem(certificate.ExportCertificatePem(), text));
        var key = (AsymmetricAlgorithm?)pair.GetECDsaPrivateKey() ?? pair.GetRSAPrivateKey();
        return key is null
            ? throw DomainError.Invalid(KeySetting, $"{keyFile} must have an RSA or elliptic-curve key").ToException()
            : new InstanceAuthority(pair, key, string.Concat(chain.Select(link => link.ExportCertificatePem() + "\n")));
    }

    /// <summary>Issues a certificate for a new key, which exists nowhere else.</summary>
    /// <exception cref="CryptographicException">The authority itself has expired.</exception>
    public IssuedCertificate Issue(InstanceSubject subject, DateTimeOffset now, TimeSpan validity)
    {
        if (NotAfter <= now)
            throw new CryptographicException($"the instance authority expired at {NotAfter.ToUniversalTime():u}");
        // Encoded from last to first.
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(subject.Guid);
        foreach (var unit in subject.Units.Reverse())
            name.AddOrganizationalUnitName(unit);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyAgreement, critical: true)
        );
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuth), new Oid(ClientAuth)], critical: false));
        request.CertificateExtensions.Add(Names(subject));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(_keyId));

        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7f;
        var end = now + validity < NotAfter ? now + validity : NotAfter;
        using var certificate = request.Create(_certificate.SubjectName, _signer, now - ClockSkew, end, serial);
        return new IssuedCertificate(
            certificate.ExportCertificatePem() + "\n" + _chain,
            key.ExportPkcs8PrivateKeyPem() + "\n",
            new Validity(now, certificate.NotAfter)
        );
    }

    /// <summary>
    /// The validity of a certificate issued earlier, by this authority and for this subject. Null if it is anything else, or its key is
    /// not that of the certificate.
    /// </summary>
    public Validity? Recognize(string certificatePem, string keyPem, InstanceSubject subject)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(certificatePem, keyPem);
            var issuer = certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier;
            var names = certificate.Extensions.FirstOrDefault(extension => extension.Oid?.Value == SubjectAlternativeName);
            return issuer is { } id && id.Span.SequenceEqual(_keyId) && names?.RawData.SequenceEqual(Names(subject).RawData) == true
                ? new Validity(certificate.NotBefore + ClockSkew, certificate.NotAfter)
                : null;
        }
        catch (Exception broken) when (broken is CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        _key.Dispose();
        _certificate.Dispose();
    }

    /// <summary>Encoded by hand: the framework refuses names with a label of more than 63 characters, which a task may have.</summary>
    private static X509Extension Names(InstanceSubject subject)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteCharacterString(UniversalTagNumber.IA5String, subject.Guid, new Asn1Tag(TagClass.ContextSpecific, 2));
            writer.WriteOctetString(subject.Address.GetAddressBytes(), new Asn1Tag(TagClass.ContextSpecific, 7));
        }

        return new X509Extension(SubjectAlternativeName, writer.Encode(), critical: false);
    }

    private static byte[] KeyIdOf(X509Certificate2 certificate) =>
        (
            certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault()
            ?? new X509SubjectKeyIdentifierExtension(certificate.PublicKey, critical: false)
        ).SubjectKeyIdentifierBytes.ToArray();

    private static T Read<T>(string setting, string path, Func<string, T> read)
    {
        try
        {
            return read(File.ReadAllText(path));
        }
        catch (Exception failure)
            when (failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            // The message of the framework names no content of the file.
            throw new DomainException(DomainError.Invalid(setting, $"cannot use {path}: {failure.Message}"), failure);
        }
    }

    private static DomainException Wrong(string rule) => DomainError.Invalid(CertificateSetting, rule).ToException();
}

/// <summary>Whom a certificate names.</summary>
/// <param name="Guid">GUID of the instance or task.</param>
/// <param name="Units">Organizational units, by convention of the platform its organization, space and app.</param>
/// <param name="Address">Address of the container; that of the cell if it has none.</param>
internal sealed record InstanceSubject(string Guid, IReadOnlyList<string> Units, IPAddress Address);

/// <param name="Certificates">PEM: the certificate, then those of its authorities.</param>
/// <param name="Key">PEM, PKCS#8.</param>
internal sealed record IssuedCertificate(string Certificates, string Key, Validity Validity);
