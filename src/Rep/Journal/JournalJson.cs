using System.Text.Json.Serialization;

namespace Scheduler.Rep.Journal;

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JournalEntry))]
[JsonSerializable(typeof(JournalIdentity))]
internal sealed partial class JournalJson : JsonSerializerContext;
