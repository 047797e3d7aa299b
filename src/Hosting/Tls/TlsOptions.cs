namespace Scheduler.Hosting.Tls;

/// <summary>
/// The files of one part's identity. All three or none: with them every connection, in and out, is mutual TLS; without
/// them connections are plain, which is for one machine only.
/// </summary>
public sealed record TlsOptions
{
    /// <summary>PEM file with this part's certificate; intermediate certificates may follow it.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file with the certificate's private key, unencrypted.</summary>
    public string? KeyFile { get; init; }

    /// <summary>PEM file with the authorities that peers' certificates must come from.</summary>
    public string? AuthorityFile { get; init; }

    public bool IsSet => CertificateFile is not null || KeyFile is not null || AuthorityFile is not null;
}
