using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Scheduler.Rep.Images;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>A container on disk. Written before anything of it is made, and again when all of it is.</summary>
internal sealed record ContainerRecord
{
    public required ContainerSpec Spec { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>False: made in part only. Only destroying is left then.</summary>
    public bool Complete { get; init; }

    public IReadOnlyList<PortMapping> Ports { get; init; } = [];

    public IReadOnlyList<string> LayerKeys { get; init; } = [];

    public ImageDefaults Image { get; init; } = ImageDefaults.None;

    public string? Address { get; init; }

    /// <summary>The host's users that stand for the container's; null: the container has the host's own.</summary>
    public UserIds? Users { get; init; }

    /// <summary>The host's end of its pair of interfaces.</summary>
    public string? HostInterface { get; init; }

    /// <summary>The hardware address of its own end.</summary>
    public string? Mac { get; init; }

    /// <summary>The hardware address of the host on the bridge.</summary>
    public string? BridgeMac { get; init; }

    /// <summary>Name servers as it was made; its own file is its own to change.</summary>
    public IReadOnlyList<string>? Resolvers { get; init; }

    public ProcessIdentity Init { get; init; }

    /// <summary>What it may write; none in records of before there were limits.</summary>
    public DiskLimit Disk { get; init; }
}

internal sealed record ProcessStart(DateTimeOffset StartedAt, long OutOfMemoryKillsBefore);

internal sealed record ProcessOutcome(ProcessExit Exit);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ContainerRecord))]
[JsonSerializable(typeof(ProcessStart))]
[JsonSerializable(typeof(ProcessOutcome))]
internal sealed partial class RecordJson : JsonSerializerContext;

internal static class RecordFile
{
    /// <summary>Whole or not at all: readers never see half a file.</summary>
    public static void Write<T>(string path, T value, JsonTypeInfo<T> type)
    {
        var temporary = path + ".new";
        PrivateFile.Write(temporary, JsonSerializer.SerializeToUtf8Bytes(value, type));
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Null when it is not there, or the machine lost power before its content reached the disk.</summary>
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
