using System.Text.Json.Serialization;

namespace Scheduler.Rep.Logs;

/// <summary>The record of an ended container: why it ended, and the last lines of its log.</summary>
internal sealed record EndedContainer
{
    public required string ContainerGuid { get; init; }

    /// <summary>GUID of the process or of the task.</summary>
    public required string Guid { get; init; }

    public bool IsTask { get; init; }

    /// <summary>0 for a task.</summary>
    public int Index { get; init; }

    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>It ended because it was asked to stop.</summary>
    public bool Stopped { get; init; }

    /// <summary>Empty if it exited with 0.</summary>
    public string Reason { get; init; } = "";

    public IReadOnlyList<ContainerLogLine> Lines { get; init; } = [];
}

/// <summary>Keeps a limited number of records: the last ended container of each instance and task.</summary>
internal interface IEndedContainers
{
    /// <summary>Replaces the record of the same instance's previous container.</summary>
    Task KeepAsync(EndedContainer ended, CancellationToken cancellation);

    /// <param name="guid">GUID of a process or a task.</param>
    /// <param name="index">Null: all instances, or a task.</param>
    Task<IReadOnlyList<EndedContainer>> FindAsync(string guid, int? index, CancellationToken cancellation);
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(EndedContainer))]
internal sealed partial class EndedJson : JsonSerializerContext;
