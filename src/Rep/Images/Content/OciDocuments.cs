using System.Text.Json;
using System.Text.Json.Serialization;

namespace Scheduler.Rep.Images.Content;

// The parts of the OCI image specification that are used here; names as in the documents.

internal sealed record OciDescriptor
{
    [JsonPropertyName("mediaType")]
    public string MediaType
    {
        get => field ?? "";
        init;
    }

    [JsonPropertyName("digest")]
    public string Digest
    {
        get => field ?? "";
        init;
    }

    [JsonPropertyName("size")]
    public long Size { get; init; }

    /// <summary>Not empty for artifacts other than images, such as a signature.</summary>
    [JsonPropertyName("artifactType")]
    public string? ArtifactType { get; init; }

    [JsonPropertyName("platform")]
    public OciPlatform? Platform { get; init; }

    [JsonPropertyName("annotations")]
    public Dictionary<string, string>? Annotations { get; init; }
}

internal sealed record OciPlatform
{
    [JsonPropertyName("architecture")]
    public string Architecture
    {
        get => field ?? "";
        init;
    }

    [JsonPropertyName("os")]
    public string Os
    {
        get => field ?? "";
        init;
    }

    [JsonPropertyName("variant")]
    public string? Variant { get; init; }
}

/// <summary>An index or a manifest, depending on which fields are present.</summary>
internal sealed record OciManifest
{
    [JsonPropertyName("schemaVersion")]
    public int SchemaVersion { get; init; }

    [JsonPropertyName("manifests")]
    public List<OciDescriptor>? Manifests { get; init; }

    [JsonPropertyName("config")]
    public OciDescriptor? Config { get; init; }

    [JsonPropertyName("layers")]
    public List<OciDescriptor>? Layers { get; init; }
}

internal sealed record OciImageConfig
{
    [JsonPropertyName("architecture")]
    public string Architecture
    {
        get => field ?? "";
        init;
    }

    [JsonPropertyName("os")]
    public string Os
    {
        get => field ?? "";
        init;
    }

    [JsonPropertyName("config")]
    public OciProcessDefaults? Config { get; init; }

    [JsonPropertyName("rootfs")]
    public OciRootFs? RootFs { get; init; }
}

internal sealed record OciProcessDefaults
{
    [JsonPropertyName("Env")]
    public List<string>? Env { get; init; }

    [JsonPropertyName("User")]
    public string? User { get; init; }

    [JsonPropertyName("WorkingDir")]
    public string? WorkingDir { get; init; }

    [JsonPropertyName("Entrypoint")]
    public List<string>? Entrypoint { get; init; }

    [JsonPropertyName("Cmd")]
    public List<string>? Cmd { get; init; }

    [JsonPropertyName("StopSignal")]
    public string? StopSignal { get; init; }

    /// <summary>Names such as <c>8080/tcp</c>; what they are mapped to means nothing. Of any form, since nothing depends on it.</summary>
    [JsonPropertyName("ExposedPorts")]
    public JsonElement? ExposedPorts { get; init; }
}

internal sealed record OciRootFs
{
    [JsonPropertyName("type")]
    public string Type
    {
        get => field ?? "";
        init;
    }

    [JsonPropertyName("diff_ids")]
    public List<string>? DiffIds { get; init; }
}

/// <summary>One image of an archive written by <c>docker save</c>: names of files in the archive.</summary>
internal sealed record DockerArchiveImage
{
    [JsonPropertyName("Config")]
    public string Config
    {
        get => field ?? "";
        init;
    }

    [JsonPropertyName("RepoTags")]
    public List<string>? RepoTags { get; init; }

    [JsonPropertyName("Layers")]
    public List<string>? Layers { get; init; }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(OciManifest))]
[JsonSerializable(typeof(OciImageConfig))]
[JsonSerializable(typeof(List<DockerArchiveImage>))]
internal sealed partial class OciJson : JsonSerializerContext;
