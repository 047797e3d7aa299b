namespace Scheduler.Hosting.Tls;

/// <summary>
/// Files of one part's TLS identity, all three or none. With them every connection, in and out, uses mutual TLS; without them connections
/// are plain, which is only for a single machine.
/// </summary>
public sealed record TlsOptions
{
    /// <summary>PEM file with this part's certificate; intermediate certificates may follow it.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file with the certificate's private key, unencrypted.</summary>
    public string? KeyFile { get; init; }

    /// <summary>PEM file with the authorities that must have issued the peers' certificates.</summary>
    public string? AuthorityFile { get; init; }

    public bool IsSet => CertificateFile is not null || KeyFile is not null || AuthorityFile is not null;
}
