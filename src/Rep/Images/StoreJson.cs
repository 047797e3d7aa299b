using System.Text.Json.Serialization;

namespace Scheduler.Rep.Images;

/// <summary>JSON serialization of the image store's own files.</summary>
[JsonSerializable(typeof(PulledImage))]
[JsonSerializable(typeof(LayerFacts))]
internal sealed partial class StoreJson : JsonSerializerContext;
