using System.Text.Json.Serialization;

namespace Scheduler.RouteEmitter.Nats;

/// <summary>The parts of a server's INFO that matter here.</summary>
internal sealed record NatsServerInfo(
    [property: JsonPropertyName("server_name")] string? ServerName,
    [property: JsonPropertyName("version")] string? Version,
    [property: JsonPropertyName("tls_required")] bool TlsRequired,
    [property: JsonPropertyName("tls_available")] bool TlsAvailable,
    [property: JsonPropertyName("auth_required")] bool AuthRequired,
    [property: JsonPropertyName("max_payload")] long MaxPayload);

/// <summary>What a client says of itself in CONNECT.</summary>
internal sealed record NatsConnect(
    [property: JsonPropertyName("verbose")] bool Verbose,
    [property: JsonPropertyName("pedantic")] bool Pedantic,
    [property: JsonPropertyName("tls_required")] bool TlsRequired,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("lang")] string Language,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("protocol")] int Protocol,
    [property: JsonPropertyName("echo")] bool Echo,
    [property: JsonPropertyName("user")] string? User,
    [property: JsonPropertyName("pass")] string? Password);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NatsServerInfo))]
[JsonSerializable(typeof(NatsConnect))]
internal sealed partial class NatsJsonContext : JsonSerializerContext;
