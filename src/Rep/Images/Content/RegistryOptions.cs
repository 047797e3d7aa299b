using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;
using Scheduler.Models;

namespace Scheduler.Rep.Images.Content;

/// <summary>Settings for pulling images from registries.</summary>
public sealed class RegistryOptions : IValidatableObject
{
    /// <summary>
    /// Missing: a moved or restarted instance does not depend on the registry, and runs the same image as its neighbours.
    /// </summary>
    [Setting("When to ask registries for an image: missing, always or never", Name = "image-pull", Common = true)]
    public ImagePullPolicy Pull { get; set; } = ImagePullPolicy.Missing;

    /// <summary>Registries without TLS, as <c>HOST[:PORT]</c>. Those on the loopback address never use TLS.</summary>
    [Setting("Registry to reach over plain HTTP, as HOST[:PORT]", Name = "insecure-registry")]
    public List<string> Insecure { get; set; } = [];

    /// <summary>Mirrors as <c>HOST=URL</c>: asked before the registry itself, in this order, without any credentials.</summary>
    [Setting("Mirror to try before a registry, as HOST=URL, such as docker.io=https://mirror.example", Name = "registry-mirror")]
    public List<string> Mirrors { get; set; } = [];

    /// <summary>A Docker <c>config.json</c>, read for each pull, so that a changed password takes effect at once; empty: none.</summary>
    [Setting("Docker config.json with credentials for registries", Name = "registry-auth-file")]
    public string AuthFile { get; set; } = "";

    /// <summary>
    /// Maximum number of layers that a cell downloads in parallel: Docker's default; more would compete for the same bandwidth.
    /// </summary>
    [Range(1, 100)]
    [Setting("Maximum number of image layers downloaded in parallel", Name = "max-image-downloads")]
    public int MaxDownloads { get; set; } = 3;

    /// <summary>A request without an answer, or without a further byte of it, for this long is aborted.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    [Setting("Time without data from a registry after which a request is retried", Name = "registry-timeout")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Consecutive requests that may fail before a pull does; progress of a download resets the count.</summary>
    [Range(1, 100)]
    [Setting("Number of consecutive failed requests to a registry after which a pull fails", Name = "registry-attempts")]
    public int Attempts { get; set; } = 6;

    /// <summary>Pause before the first retry; doubles each time up to <see cref="LongestPause"/>. Six attempts take about 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    [Setting("Pause before a request to a registry is retried; doubles each time", Name = "registry-retry")]
    public TimeSpan RetryPause { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// A registry that sends a little now and then never runs into <see cref="Timeout"/>. The largest images that a cell takes
    /// (<see cref="ImageOptions.MaxImageBytes"/>) need half an hour at 10 MB/s; what has come stays for the next attempt.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "7.00:00:00")]
    [Setting("Time limit of a whole pull of an image from a registry, with all retries", Name = "image-pull-timeout")]
    public TimeSpan PullTimeout { get; set; } = TimeSpan.FromMinutes(30);

    internal static TimeSpan LongestPause { get; } = TimeSpan.FromSeconds(30);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Insecure.Any(host => !ImageName.TryParse($"{host}/x", out var name, out _) || name.Host != host))
            yield return new ValidationResult("must be HOST[:PORT]", [nameof(Insecure)]);
        if (Mirrors.Any(mirror => Mirror(mirror) is null))
            yield return new ValidationResult("must be HOST=URL with an http or https URL", [nameof(Mirrors)]);
        if (AuthFile.Length > 0 && !File.Exists(AuthFile))
            yield return new ValidationResult($"must be a file that exists (was '{AuthFile}')", [nameof(AuthFile)]);
    }

    internal IEnumerable<Uri> MirrorsOf(string host) =>
        Mirrors.Select(Mirror).OfType<(string Host, Uri Url)>().Where(mirror => mirror.Host == host).Select(mirror => mirror.Url);

    private static (string Host, Uri Url)? Mirror(string text) =>
        text.IndexOf('=') is > 0 and var at
        && Uri.TryCreate(text[(at + 1)..].TrimEnd('/') + "/", UriKind.Absolute, out var url)
        && url.Scheme is "http" or "https"
            ? (text[..at], url!)
            : null;
}
