using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;
using Scheduler.Models;

namespace Scheduler.Rep.Images.Content;

/// <summary>When an image's registry is asked for it.</summary>
public enum ImagePullPolicy
{
    /// <summary>When the cell has not pulled the name, or no longer has all its layers.</summary>
    Missing,

    /// <summary>Before each container; layers that are here are not downloaded again.</summary>
    Always,

    /// <summary>Not at all: only what was pulled before can run.</summary>
    Never,
}

/// <summary>How a cell gets images from registries.</summary>
public sealed class RegistryOptions : IValidatableObject
{
    /// <summary>Missing: an instance that moves or starts again does not depend on the registry, and runs what its neighbours run.</summary>
    [Setting("When registries are asked for an image: missing, always or never", Name = "image-pull", Common = true)]
    public ImagePullPolicy Pull { get; set; } = ImagePullPolicy.Missing;

    /// <summary>Registries without TLS, as <c>HOST[:PORT]</c>. Those on the loopback address are always taken for such.</summary>
    [Setting("Registry that is reached over plain HTTP, as HOST[:PORT]", Name = "insecure-registry")]
    public List<string> Insecure { get; set; } = [];

    /// <summary>As <c>HOST=URL</c>: asked before the registry itself, in this order, without anybody's credentials.</summary>
    [Setting("Mirror that is asked before a registry, as HOST=URL, such as docker.io=https://mirror.example", Name = "registry-mirror")]
    public List<string> Mirrors { get; set; } = [];

    /// <summary>A Docker <c>config.json</c>, read for each pull, so that a changed password counts at once; empty: none.</summary>
    [Setting("Docker config.json with credentials for registries", Name = "registry-auth-file")]
    public string AuthFile { get; set; } = "";

    /// <summary>Layers that a cell downloads at the same time. Docker's own default; more compete for the same line.</summary>
    [Range(1, 100)]
    [Setting("Image layers that are downloaded at the same time", Name = "max-image-downloads")]
    public int MaxDownloads { get; set; } = 3;

    /// <summary>Without an answer, or without another byte of it, for so long, a request is broken off.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    [Setting("Time without a byte from a registry after which a request is repeated", Name = "registry-timeout")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Requests in a row that may fail before a pull does; a download that gets on begins to count anew.</summary>
    [Range(1, 100)]
    [Setting("Failed requests to a registry in a row after which a pull fails", Name = "registry-attempts")]
    public int Attempts { get; set; } = 6;

    /// <summary>Before the first repetition; doubles each time up to <see cref="LongestPause"/>. Six attempts take some 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    [Setting("Pause before a request to a registry is repeated; doubles each time", Name = "registry-retry")]
    public TimeSpan RetryPause { get; set; } = TimeSpan.FromMilliseconds(500);

    internal static TimeSpan LongestPause { get; } = TimeSpan.FromSeconds(30);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Insecure.Any(host => !ImageName.TryParse($"{host}/x", out var name, out _) || name.Host != host)) yield return new ValidationResult("must be HOST[:PORT]", [nameof(Insecure)]);
        if (Mirrors.Any(mirror => Mirror(mirror) is null)) yield return new ValidationResult("must be HOST=URL with an http or https URL", [nameof(Mirrors)]);
        if (AuthFile.Length > 0 && !File.Exists(AuthFile)) yield return new ValidationResult($"must be a file that exists (was '{AuthFile}')", [nameof(AuthFile)]);
    }

    internal IEnumerable<Uri> MirrorsOf(string host) => Mirrors.Select(Mirror).OfType<(string Host, Uri Url)>().Where(mirror => mirror.Host == host).Select(mirror => mirror.Url);

    private static (string Host, Uri Url)? Mirror(string text) =>
        text.IndexOf('=') is > 0 and var at && Uri.TryCreate(text[(at + 1)..].TrimEnd('/') + "/", UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? (text[..at], url!) : null;
}
