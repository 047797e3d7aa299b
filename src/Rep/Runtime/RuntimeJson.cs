using System.Text.Json.Serialization;

namespace Scheduler.Rep.Runtime;

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = false)]
[JsonSerializable(typeof(ContainerSpec))]
[JsonSerializable(typeof(ProcessSpec))]
internal sealed partial class RuntimeJson : JsonSerializerContext;
