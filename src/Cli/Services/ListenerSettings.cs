using System.CommandLine;
using Scheduler.Hosting;

namespace Scheduler.Cli.Services;

/// <summary>The flags that bound what a listener takes.</summary>
internal sealed class ListenerSettings
{
    private static readonly ListenerLimits Defaults = new();

    private readonly Option<int> _connections;
    private readonly Option<int> _streams;
    private readonly Option<int> _headerBytes;
    private readonly Option<Duration> _headerTimeout;
    private readonly Option<Duration> _handshakeTimeout;
    private readonly Option<Duration> _idleTimeout;

    public ListenerSettings(SettingSource source)
    {
        _connections = source.Number(
            "--max-connections", "Maximum number of connections; further ones are closed immediately", Defaults.MaxConnections, least: 1);
        _streams = source.Number(
            "--max-streams", "Maximum number of concurrent calls per connection", Defaults.MaxStreamsPerConnection, least: 1,
            most: 1_000_000);
        _headerBytes = source.Number(
            "--max-header-bytes", "Maximum size of a call's headers in bytes", Defaults.MaxHeaderBytes, least: 1_024, most: 1_048_576);
        _headerTimeout = source.Duration("--header-timeout", "Timeout for receiving a call's headers", Defaults.HeaderTimeout);
        _handshakeTimeout = source.Duration("--handshake-timeout", "Timeout of a TLS handshake", Defaults.HandshakeTimeout);
        _idleTimeout = source.Duration("--idle-timeout", "Time without calls after which a connection is closed", Defaults.IdleTimeout);
    }

    public IReadOnlyList<Option> Options => [_connections, _streams, _headerBytes, _headerTimeout, _handshakeTimeout, _idleTimeout];

    public ListenerLimits Read(ParseResult parsed) => new()
    {
        MaxConnections = parsed.GetValue(_connections),
        MaxStreamsPerConnection = parsed.GetValue(_streams),
        MaxHeaderBytes = parsed.GetValue(_headerBytes),
        HeaderTimeout = parsed.GetValue(_headerTimeout),
        HandshakeTimeout = parsed.GetValue(_handshakeTimeout),
        IdleTimeout = parsed.GetValue(_idleTimeout),
    };
}
