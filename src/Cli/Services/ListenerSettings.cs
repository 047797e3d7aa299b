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
        _connections = source.Number("--max-connections", "Connections at a time; more are closed at once", Defaults.MaxConnections, least: 1);
        _streams = source.Number("--max-streams", "Calls at a time on one connection", Defaults.MaxStreamsPerConnection, least: 1, most: 1_000_000);
        _headerBytes = source.Number("--max-header-bytes", "Bytes of a call's headers at most", Defaults.MaxHeaderBytes, least: 1_024, most: 1_048_576);
        _headerTimeout = source.Duration("--header-timeout", "How long the headers of one call may take to arrive", Defaults.HeaderTimeout);
        _handshakeTimeout = source.Duration("--handshake-timeout", "How long a TLS handshake may take", Defaults.HandshakeTimeout);
        _idleTimeout = source.Duration("--idle-timeout", "After how long without a call a connection is closed", Defaults.IdleTimeout);
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
