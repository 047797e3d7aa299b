using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Scheduler.Rep.Images;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>
/// The record of a container on disk. Written before any part of it is created, and again when the container is complete.
/// </summary>
internal sealed record ContainerRecord
{
    public required ContainerSpec Spec { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>False: only partly created. It can then only be destroyed.</summary>
    public bool Complete { get; init; }

    public IReadOnlyList<PortMapping> Ports { get; init; } = [];

    public IReadOnlyList<string> LayerKeys { get; init; } = [];

    public ImageDefaults Image { get; init; } = ImageDefaults.None;

    public string? Address { get; init; }

    /// <summary>The host ids that the container's users map to; null: the container uses the host's own.</summary>
    public UserIds? Users { get; init; }

    /// <summary>The host end of its interface pair.</summary>
    public string? HostInterface { get; init; }

    /// <summary>Hardware address of the container end.</summary>
    public string? Mac { get; init; }

    /// <summary>Hardware address of the host on the bridge.</summary>
    public string? BridgeMac { get; init; }

    /// <summary>Name servers at creation; the container may change its own file.</summary>
    public IReadOnlyList<string>? Resolvers { get; init; }

    /// <summary>Null: an earlier rep made it, with namespaces under the container's own handle.</summary>
    public string? Sandbox { get; init; }

    /// <summary>
    /// The first process of its pid namespace, if that existed before the container; runc then starts the container with its main process.
    /// </summary>
    public ProcessIdentity Pause { get; init; }

    /// <summary>The process with which runc started the container: one that waits, or the main process. None before that.</summary>
    public ProcessIdentity Init { get; init; }

    /// <summary>What runc calls the container; null: its handle.</summary>
    public string? Id { get; init; }

    [JsonIgnore]
    public string RuncId => Id ?? Spec.Handle;

    /// <summary>The process that everything in the container ends with.</summary>
    [JsonIgnore]
    public ProcessIdentity Holder => Pause.Pid > 0 ? Pause : Init;

    /// <summary>Its disk limit; missing in records from before there were limits.</summary>
    public DiskLimit Disk { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, RecordJson.Default.ContainerRecord);

    /// <exception cref="JsonException">It is no record.</exception>
    public static ContainerRecord? FromJson(string json) => JsonSerializer.Deserialize(json, RecordJson.Default.ContainerRecord);
}

internal sealed record ProcessStart(DateTimeOffset StartedAt, long OutOfMemoryKillsBefore)
{
    /// <summary>Null: the process was never started.</summary>
    public static ProcessStart? Read(ProcessPaths paths) => RecordFile.Read(paths.Start, RecordJson.Default.ProcessStart);

    public void Write(ProcessPaths paths) => RecordFile.Write(paths.Start, this, RecordJson.Default.ProcessStart);
}

internal sealed record ProcessOutcome(ProcessExit Exit);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ContainerRecord))]
[JsonSerializable(typeof(Sandbox))]
[JsonSerializable(typeof(ProcessStart))]
[JsonSerializable(typeof(ProcessOutcome))]
internal sealed partial class RecordJson : JsonSerializerContext;

internal static class RecordFile
{
    /// <summary>Writes atomically: readers never see a partial file.</summary>
    public static void Write<T>(string path, T value, JsonTypeInfo<T> type)
    {
        var temporary = path + ".new";
        PrivateFile.Write(temporary, JsonSerializer.SerializeToUtf8Bytes(value, type));
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Null if the file does not exist, or the machine lost power before its content reached the disk.</summary>
    public static T? Read<T>(string path, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), type);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }
}
