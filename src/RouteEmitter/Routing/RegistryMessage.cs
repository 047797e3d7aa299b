using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Scheduler.RouteEmitter.Routing;

/// <summary>
/// Writer of registrations in the format of gorouter and the service discovery controller. Keys, their order and the omission of empty
/// values are part of the contract; the same text withdraws a registration.
/// </summary>
internal sealed class RegistryMessage
{
    private const string ComponentTag = "component";
    private const string ComponentName = "route-emitter";

    // Route options come from clients and may contain any text; the receivers parse JSON, never HTML.
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> _buffer = new(512);
    private readonly Utf8JsonWriter _writer;

    public RegistryMessage() => _writer = new Utf8JsonWriter(_buffer, Json);

    /// <summary>The message's bytes, valid until the next call.</summary>
    /// <param name="registration">What to announce or withdraw.</param>
    /// <param name="isNewEndpoint">Whether the instance is new or has moved: only then does the message contain the time.</param>
    public ReadOnlyMemory<byte> Write(Registration registration, bool isNewEndpoint)
    {
        _buffer.ResetWrittenCount();
        _writer.Reset();
        _writer.WriteStartObject();
        if (registration.Route.Kind == RouteKind.Http)
            WriteHttp(registration.Route, registration.Endpoint, isNewEndpoint);
        else
            WriteInternal(registration.Route, registration.Endpoint, isNewEndpoint);
        _writer.WriteEndObject();
        _writer.Flush();
        return _buffer.WrittenMemory;
    }

    private void WriteHttp(Route route, Endpoint endpoint, bool isNewEndpoint)
    {
        _writer.WriteString("host", endpoint.Host);
        _writer.WriteNumber("port", endpoint.Port);
        if (endpoint.TlsPort != 0)
            _writer.WriteNumber("tls_port", endpoint.TlsPort);
        _writer.WriteStartArray("uris");
        _writer.WriteStringValue(route.Hostname);
        _writer.WriteEndArray();
        WriteUnlessEmpty("protocol", route.Protocol);
        WriteUnlessEmpty("app", route.LogGuid);
        WriteUnlessEmpty("route_service_url", route.RouteServiceUrl);
        WriteUnlessEmpty("private_instance_id", endpoint.InstanceGuid);
        _writer.WriteString("private_instance_index", endpoint.IndexText);
        WriteUnlessEmpty("server_cert_domain_san", endpoint.InstanceGuid);
        WriteUnlessEmpty("isolation_segment", route.IsolationSegment);
        WriteUpdatedAt(endpoint, isNewEndpoint);
        WriteTags(route, endpoint);
        WriteUnlessEmpty("availability_zone", endpoint.AvailabilityZone);
        if (route.Options is { } options && !endpoint.IsDirect)
        {
            _writer.WritePropertyName("options");
            _writer.WriteRawValue(options);
        }
    }

    private void WriteInternal(Route route, Endpoint endpoint, bool isNewEndpoint)
    {
        _writer.WriteString("host", endpoint.Host);
        _writer.WriteNumber("port", 0);
        _writer.WriteStartArray("uris");
        _writer.WriteStringValue(route.Hostname);
        _writer.WriteStringValue(string.Create(CultureInfo.InvariantCulture, $"{endpoint.Index}.{route.Hostname}"));
        _writer.WriteEndArray();
        WriteUnlessEmpty("app", route.LogGuid);
        _writer.WriteString("private_instance_index", endpoint.IndexText);
        WriteUpdatedAt(endpoint, isNewEndpoint);
        _writer.WriteStartObject("tags");
        _writer.WriteString(ComponentTag, ComponentName);
        _writer.WriteEndObject();
    }

    private void WriteUpdatedAt(Endpoint endpoint, bool isNewEndpoint)
    {
        if (isNewEndpoint && endpoint.Since != 0)
            _writer.WriteNumber("endpoint_updated_at_ns", endpoint.Since);
    }

    // Tags are sorted when read from the desired LRP; the component tag is inserted in its place.
    private void WriteTags(Route route, Endpoint endpoint)
    {
        _writer.WriteStartObject("tags");
        var isWritten = false;
        foreach (var tag in route.MetricTags)
        {
            var order = string.CompareOrdinal(tag.Name, ComponentTag);
            if (order >= 0 && !isWritten)
            {
                _writer.WriteString(ComponentTag, ComponentName);
                isWritten = true;
            }

            if (order != 0)
                _writer.WriteString(tag.Name, tag.ValueFor(endpoint));
        }

        if (!isWritten)
            _writer.WriteString(ComponentTag, ComponentName);
        _writer.WriteEndObject();
    }

    private void WriteUnlessEmpty(string name, string value)
    {
        if (value.Length > 0)
            _writer.WriteString(name, value);
    }
}
