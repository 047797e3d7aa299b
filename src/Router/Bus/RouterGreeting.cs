using System.Text.Json;
using System.Text.Json.Serialization;

namespace Scheduler.Router.Bus;

/// <summary>What a router says of itself when it starts and when an emitter greets it.</summary>
/// <param name="Id">Different for each run of a router.</param>
/// <param name="MinimumRegisterIntervalInSeconds">Interval at which it wants to be told all routes.</param>
/// <param name="PruneThresholdInSeconds">Time after which it drops what is not registered again.</param>
internal sealed record RouterGreeting(string Id, string[] Hosts, int MinimumRegisterIntervalInSeconds, int PruneThresholdInSeconds)
{
    public static RouterGreeting Of(RouterOptions options, string id, string host) =>
        new(id, [host], Seconds(options.RegisterInterval), Seconds(options.StaleThreshold));

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, RouterGreetingJson.Default.RouterGreeting);

    // Rounded down: a shorter interval does no harm.
    private static int Seconds(TimeSpan time) => Math.Max(1, (int)time.TotalSeconds);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RouterGreeting))]
internal sealed partial class RouterGreetingJson : JsonSerializerContext;
