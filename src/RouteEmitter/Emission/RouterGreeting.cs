using System.Text.Json;
using System.Text.Json.Serialization;

namespace Scheduler.RouteEmitter.Emission;

/// <summary>What a router says of itself when it starts or is greeted; the rest of the message is of no use here.</summary>
internal sealed record RouterGreeting([property: JsonPropertyName("minimumRegisterIntervalInSeconds")] int MinimumRegisterIntervalSeconds)
{
    public TimeSpan Interval => TimeSpan.FromSeconds(MinimumRegisterIntervalSeconds);

    /// <exception cref="JsonException">The message is not a greeting.</exception>
    public static RouterGreeting Parse(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, RouterGreetingContext.Default.RouterGreeting) ?? throw new JsonException("the greeting is null");
}

[JsonSerializable(typeof(RouterGreeting))]
internal sealed partial class RouterGreetingContext : JsonSerializerContext;
