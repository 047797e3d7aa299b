using System.Text.Json;
using System.Text.Json.Serialization;

namespace Scheduler.RouteEmitter.Emission;

/// <summary>What a router reports when it starts or answers a greeting; the other fields of the message are not used.</summary>
internal sealed record RouterGreeting([property: JsonPropertyName("minimumRegisterIntervalInSeconds")] int MinimumRegisterIntervalSeconds)
{
    public TimeSpan Interval => TimeSpan.FromSeconds(MinimumRegisterIntervalSeconds);

    /// <exception cref="JsonException">The message is not a greeting.</exception>
    public static RouterGreeting Parse(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, RouterGreetingContext.Default.RouterGreeting) ?? throw new JsonException("the greeting is null");
}

[JsonSerializable(typeof(RouterGreeting))]
internal sealed partial class RouterGreetingContext : JsonSerializerContext;
