using System.ComponentModel.DataAnnotations;
using System.Net;
using Scheduler.Hosting.Settings;
using Scheduler.Models;
using Scheduler.Rep.Networking;

namespace Scheduler.Rep.Transfers.Web;

/// <summary>Settings for downloads into containers, uploads out of them, and cached dependencies. Defaults are Diego's where it has one.</summary>
public sealed class TransferOptions : IValidatableObject
{
    /// <summary>Downloads and unpackings of the cell at the same time; more would compete for the same disk and bandwidth.</summary>
    [Range(1, 1_000)]
    [Setting("Downloads for containers that run at the same time")]
    public int MaxConcurrentDownloads { get; set; } = 5;

    [Range(1, 1_000)]
    [Setting("Uploads from containers that run at the same time")]
    public int MaxConcurrentUploads { get; set; } = 5;

    /// <summary>
    /// Disk that the cache and unfinished downloads may take together. Entries in use are never removed, so that work that needs more fails.
    /// </summary>
    [Range(1 << 20, long.MaxValue)]
    [Setting("Disk in bytes for cached and unfinished downloads; the least recently used are removed first")]
    public long DownloadCacheBytes { get; set; } = 10_000_000_000;

    /// <summary>Size of one download. Droplets and buildpacks have up to about 2 GB.</summary>
    [Range(1, long.MaxValue)]
    [Setting("Size in bytes of one download")]
    public long MaxDownloadBytes { get; set; } = 4L << 30;

    [Range(1, long.MaxValue)]
    [Setting("Size in bytes of one upload")]
    public long MaxUploadBytes { get; set; } = 4L << 30;

    /// <summary>Stops decompression bombs; as for one layer of an image.</summary>
    [Range(1, long.MaxValue)]
    [Setting("Size in bytes of what one downloaded archive unpacks to")]
    public long MaxUnpackedBytes { get; set; } = 8L << 30;

    /// <summary>Inodes run out before bytes do; as for one layer of an image.</summary>
    [Range(1, int.MaxValue)]
    [Setting("Files, directories and links of one downloaded archive")]
    public int MaxUnpackedEntries { get; set; } = 1_000_000;

    [Range(1, 100)]
    [Setting("Attempts at a download while its server fails")]
    public int DownloadAttempts { get; set; } = 4;

    [Range(1, 100)]
    [Setting("Attempts at an upload while its server fails")]
    public int UploadAttempts { get; set; } = 3;

    /// <summary>Pause before the second attempt; doubles each time up to <see cref="LongestPause"/>.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    [Setting("Pause before an attempt is repeated; doubles each time, up to 5s")]
    public TimeSpan TransferRetry { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>A server that sends nothing, or takes nothing, for this long has failed.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    [Setting("Time without a byte after which an attempt at a transfer has failed")]
    public TimeSpan TransferIdleTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>With all attempts, and, for an upload, with the time that the server takes to answer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    [Setting("Time limit of a transfer with all of its attempts")]
    public TimeSpan TransferTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Blob stores answer with one redirect; ten is the limit of common clients.</summary>
    [Range(0, 50)]
    [Setting("Redirects that a download follows")]
    public int MaxRedirects { get; set; } = 10;

    /// <summary>
    /// Networks that no transfer connects to. Clients choose the URLs, and the default keeps from them the machine's credentials in the
    /// metadata services of clouds, and what listens on the machine's loopback addresses. A list of one's own replaces the default.
    /// </summary>
    [Setting("Network that transfers never connect to, as CIDR", Name = "transfer-deny")]
    public List<string> DeniedNetworks { get; set; } = [.. OutboundConnection.MetadataNetworks, .. OutboundConnection.LoopbackNetworks];

    /// <summary>PEM file; empty: only the system's authorities.</summary>
    [Setting("PEM file with authorities of file servers, beside the system's", Name = "transfer-ca")]
    public string AuthorityFile { get; set; } = "";

    [Setting("PEM file with the certificate that file servers are shown, if they ask for one", Name = "transfer-cert")]
    public string CertificateFile { get; set; } = "";

    [Setting("PEM file with its private key", Name = "transfer-key")]
    public string KeyFile { get; set; } = "";

    internal static TimeSpan LongestPause { get; } = TimeSpan.FromSeconds(5);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (DeniedNetworks.Any(network => !IPNetwork.TryParse(network, out _)))
            yield return new ValidationResult("must be networks such as 10.0.0.0/8", [nameof(DeniedNetworks)]);
        if (CertificateFile.Length > 0 != KeyFile.Length > 0)
            yield return new ValidationResult("are only valid together", [nameof(CertificateFile), nameof(KeyFile)]);
    }

    internal TimeSpan Pause(int failures) => new Backoff(TransferRetry, LongestPause).After(failures);
}
