using System.Text.Json.Serialization;

namespace Scheduler.Rep.Logs;

/// <summary>What is left of a container that has ended: why it did, and the last lines of its log.</summary>
internal sealed record EndedContainer
{
    public required string ContainerGuid { get; init; }

    /// <summary>Of the process, or of the task.</summary>
    public required string Guid { get; init; }

    public bool IsTask { get; init; }

    /// <summary>0 for a task.</summary>
    public int Index { get; init; }

    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>It ended because it was asked to.</summary>
    public bool Stopped { get; init; }

    /// <summary>Empty when it exited with 0.</summary>
    public string Reason { get; init; } = "";

    public IReadOnlyList<ContainerLogLine> Lines { get; init; } = [];
}

/// <summary>Keeps the last ended container of each instance and task, within a bound.</summary>
internal interface IEndedContainers
{
    /// <summary>In place of the one of the same instance that ended before it.</summary>
    Task KeepAsync(EndedContainer ended, CancellationToken cancellation);

    /// <param name="guid">Of a process or a task.</param>
    /// <param name="index">Null: all instances, and a task.</param>
    Task<IReadOnlyList<EndedContainer>> FindAsync(string guid, int? index, CancellationToken cancellation);
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(EndedContainer))]
internal sealed partial class EndedJson : JsonSerializerContext;
