using System.Text.Json;
using System.Text.Json.Serialization;

namespace Scheduler.Router.Table;

/// <summary>A registration or its withdrawal, in gorouter's format. Fields that this router has no use for are ignored.</summary>
internal sealed record RegistryMessage
{
    /// <summary>More than any emitter sends. Tags and options come from clients, so a message may be long but not endless.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>Hostnames, each with a path or without, of one message.</summary>
    public const int MaxUris = 256;

    private const int MaxTextLength = 256;

    // Settable, because the generated reader would overwrite the defaults of init-only properties with null.
    /// <summary>Address of the instance: an IP address or a name.</summary>
    public string Host { get; set; } = "";

    public int Port { get; set; }

    public string[] Uris { get; set; } = [];

    /// <summary>The application; its requests carry it as <c>X-CF-ApplicationID</c>.</summary>
    public string App { get; set; } = "";

    public string PrivateInstanceId { get; set; } = "";

    public string PrivateInstanceIndex { get; set; } = "";

    /// <summary>Seconds after which the backend is dropped unless registered again; 0 for the router's own threshold.</summary>
    public int StaleThresholdInSeconds { get; set; }

    public string RouteServiceUrl { get; set; } = "";

    /// <summary><c>http2</c> for an instance that expects HTTP/2 without TLS; else HTTP/1.1.</summary>
    public string Protocol { get; set; } = "";

    /// <summary>When the instance was placed, in Unix nanoseconds; 0 if the message does not say.</summary>
    public long EndpointUpdatedAtNs { get; set; }

    public RouteOptions? Options { get; set; }

    /// <returns>Null with a reason if the message cannot be used.</returns>
    public static RegistryMessage? Parse(ReadOnlySpan<byte> json, out string reason)
    {
        if (json.Length > MaxBytes)
            return Refused($"longer than {MaxBytes} bytes", out reason);
        RegistryMessage? message;
        try
        {
            message = JsonSerializer.Deserialize(json, RegistryJson.Default.RegistryMessage);
        }
        catch (JsonException failure)
        {
            return Refused(failure.Message, out reason);
        }

        return message is null ? Refused("null", out reason) : message.Checked(out reason);
    }

    private RegistryMessage? Checked(out string reason)
    {
        if (Host is null || Host.Length > MaxTextLength || Uri.CheckHostName(Host) == UriHostNameType.Unknown)
            return Refused("host must be an address or a name", out reason);
        // Without a port there is only tls_port, and this router does not connect to instances with TLS.
        if (Port is < 1 or > ushort.MaxValue)
            return Refused("port must be from 1 to 65535", out reason);
        if (Uris is not { Length: > 0 and <= MaxUris })
            return Refused($"uris must have 1 to {MaxUris} elements", out reason);
        reason = "";
        // They become header values. An application's guid is its owner's own text, and not worth its route.
        return this with
        {
            App = IsText(App) ? App : "",
            PrivateInstanceId = IsText(PrivateInstanceId) ? PrivateInstanceId : "",
            PrivateInstanceIndex = IsText(PrivateInstanceIndex) ? PrivateInstanceIndex : "",
        };
    }

    private static RegistryMessage? Refused(string why, out string reason)
    {
        reason = why;
        return null;
    }

    private static bool IsText(string? text) => text is { Length: <= MaxTextLength } && text.All(c => c is > ' ' and <= '~');
}

/// <param name="LoadBalancing"><c>round-robin</c> or <c>least-connection</c>; anything else for the router's own default.</param>
internal sealed record RouteOptions([property: JsonPropertyName("loadbalancing")] string? LoadBalancing);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RegistryMessage))]
internal sealed partial class RegistryJson : JsonSerializerContext;
