using System.Text.Json.Serialization;

namespace Scheduler.Rep.Images;

/// <summary>What the store of images writes down for itself.</summary>
[JsonSerializable(typeof(PulledImage))]
[JsonSerializable(typeof(LayerFacts))]
internal sealed partial class StoreJson : JsonSerializerContext;
