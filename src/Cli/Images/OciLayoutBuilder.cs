using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Scheduler.Cli.Images;

/// <summary>Writes an OCI image layout: blobs named by digest, a manifest and an index. Needs no registry and no Docker.</summary>
internal sealed class OciLayoutBuilder(string architecture = "amd64")
{
    private readonly Dictionary<string, byte[]> _blobs = [];
    private readonly List<JsonObject> _layers = [];
    private readonly List<string> _diffIds = [];

    public IReadOnlyList<string> Environment { get; init; } = [];

    public string User { get; init; } = "";

    public string WorkingDirectory { get; init; } = "";

    public IReadOnlyList<string> Entrypoint { get; init; } = [];

    public IReadOnlyList<string> Command { get; init; } = [];

    public string StopSignal { get; init; } = "";

    /// <returns>The layer's digest.</returns>
    public string AddLayer(Action<TarWriter> write, bool gzip = true)
    {
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
            write(writer);
        return AddLayer(tar.ToArray(), gzip);
    }

    public string AddLayer(byte[] tar, bool gzip = true)
    {
        var content = gzip ? Gzip(tar) : tar;
        return AddLayer(
            content,
            gzip ? "application/vnd.oci.image.layer.v1.tar+gzip" : "application/vnd.oci.image.layer.v1.tar",
            Digest(tar)
        );
    }

    /// <summary>Adds the bytes of a layer unchanged, whatever its media type claims.</summary>
    public string AddLayer(byte[] content, string mediaType, string diffId)
    {
        var descriptor = AddBlob(content, mediaType);
        _layers.Add(descriptor);
        _diffIds.Add(diffId);
        return (string)descriptor["digest"]!;
    }

    /// <summary>Writes the layout to a directory, which is created if it does not exist.</summary>
    public void WriteDirectory(string directory, string tag = "latest")
    {
        var index = Finish(tag);
        var blobs = Path.Combine(directory, "blobs", "sha256");
        Directory.CreateDirectory(blobs);
        foreach (var (digest, content) in _blobs)
            File.WriteAllBytes(Path.Combine(blobs, digest["sha256:".Length..]), content);
        File.WriteAllText(Path.Combine(directory, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
        File.WriteAllBytes(Path.Combine(directory, "index.json"), index);
    }

    /// <summary>Writes the layout as an uncompressed tar archive.</summary>
    public void WriteArchive(string path, string tag = "latest")
    {
        var index = Finish(tag);
        using var file = File.Create(path);
        using var tar = new TarWriter(file, TarEntryFormat.Pax);
        Write("oci-layout", Encoding.UTF8.GetBytes("""{"imageLayoutVersion":"1.0.0"}"""));
        Write("index.json", index);
        foreach (var (digest, content) in _blobs)
            Write($"blobs/sha256/{digest["sha256:".Length..]}", content);

        void Write(string name, byte[] content) =>
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
    }

    public static string Digest(byte[] content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));

    private byte[] Finish(string tag)
    {
        var config = AddBlob(
            Json(
                new JsonObject
                {
                    ["architecture"] = architecture,
                    ["os"] = "linux",
                    ["config"] = Defaults(),
                    ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = Strings(_diffIds) },
                }
            ),
            "application/vnd.oci.image.config.v1+json"
        );
        const string manifestType = "application/vnd.oci.image.manifest.v1+json";
        var manifest = AddBlob(
            Json(
                new JsonObject
                {
                    ["schemaVersion"] = 2,
                    ["mediaType"] = manifestType,
                    ["config"] = config,
                    ["layers"] = new JsonArray([.. _layers.Select(layer => layer.DeepClone())]),
                }
            ),
            manifestType
        );
        manifest["platform"] = new JsonObject { ["architecture"] = architecture, ["os"] = "linux" };
        manifest["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = tag };
        return Json(
            new JsonObject
            {
                ["schemaVersion"] = 2,
                ["mediaType"] = "application/vnd.oci.image.index.v1+json",
                ["manifests"] = new JsonArray(manifest),
            }
        );
    }

    /// <summary>What is not there is left out, so that an image's digest stays what it was.</summary>
    private JsonObject Defaults()
    {
        var defaults = new JsonObject
        {
            ["Env"] = Strings(Environment),
            ["User"] = User,
            ["WorkingDir"] = WorkingDirectory,
        };
        if (Entrypoint.Count > 0)
            defaults["Entrypoint"] = Strings(Entrypoint);
        if (Command.Count > 0)
            defaults["Cmd"] = Strings(Command);
        if (StopSignal.Length > 0)
            defaults["StopSignal"] = StopSignal;
        return defaults;
    }

    private JsonObject AddBlob(byte[] content, string mediaType)
    {
        var digest = Digest(content);
        _blobs[digest] = content;
        return new JsonObject
        {
            ["mediaType"] = mediaType,
            ["digest"] = digest,
            ["size"] = content.Length,
        };
    }

    private static byte[] Gzip(byte[] content)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
            gzip.Write(content);
        return compressed.ToArray();
    }

    private static byte[] Json(JsonObject document) => Encoding.UTF8.GetBytes(document.ToJsonString());

    private static JsonArray Strings(IEnumerable<string> values) => [.. values.Select(value => (JsonNode)value)];
}
