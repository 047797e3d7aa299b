using System.CommandLine;
using Microsoft.Extensions.Logging;
using Scheduler.Hosting;
using Scheduler.Hosting.Tls;
using Scheduler.Models;

namespace Scheduler.Cli.Services;

/// <summary>The flags common to all services.</summary>
internal sealed class ComponentSettings
{
    private readonly SettingSource _source;
    private readonly string _name;
    private readonly Option<string?> _config = new(SettingSource.ConfigFlag)
    {
        Description = "YAML file of settings; keys are the flag names",
        HelpName = "FILE",
    };
    private readonly Option<string?>? _listen;
    private readonly Option<string?>? _advertise;
    private readonly Option<bool>? _insecure;
    private readonly OptionSettings<ComponentOptions> _more;
    private readonly Option<string?> _opsListen;
    private readonly Option<string?>? _certificate;
    private readonly Option<string?>? _key;
    private readonly Option<string?>? _authority;
    private readonly Option<string?> _logLevel;
    private readonly Option<bool> _logJson;

    /// <param name="listen">Default listen address; null for a service without callers.</param>
    /// <param name="hasPeers">Whether it exchanges gRPC calls with other components at all.</param>
    public ComponentSettings(SettingSource source, string name, string? listen, bool hasPeers = true)
    {
        _source = source;
        _name = name;
        if (listen is not null)
        {
            _listen = source.Text(
                "--listen",
                "Listen address of the gRPC services; port 0 picks a free port",
                listen,
                "ADDRESS:PORT|unix:///PATH"
            );
            _advertise = source.Text("--advertise", "URL at which others reach this service (default: the listen address)", null, "URL");
            _insecure = source.Switch(
                "--insecure",
                "Listen without --cert, --key and --ca: anyone who can connect may act as any peer and become root on cells; one machine only"
            );
        }

        // Limits on callers apply only to services that have callers.
        _more = new OptionSettings<ComponentOptions>(
            source,
            new ComponentOptions { Name = name },
            property =>
                (listen is not null || property.Name is not (nameof(ComponentOptions.Limits) or nameof(ComponentOptions.MaxReceiveBytes)))
                && (hasPeers || property.Name is not nameof(ComponentOptions.Channels))
        );
        _opsListen = source.Text("--ops-listen", "Listen address of /healthz, /readyz and /metrics (default: none)", null, "ADDRESS:PORT");
        if (hasPeers)
        {
            _certificate = source.Text(
                "--cert",
                "PEM file of this service's certificate; with --key and --ca, every connection uses mutual TLS",
                null,
                "FILE"
            );
            _key = source.Text("--key", "PEM file of the certificate's private key", null, "FILE");
            _authority = source.Text("--ca", "PEM file of the CAs that issue peers' certificates", null, "FILE");
        }

        _logLevel = source.Text("--log-level", "Minimum log level: trace, debug, information, warning or error", "information", "LEVEL");
        _logJson = source.Switch("--log-json", "Log one JSON object per line");
    }

    public void AddTo(Command command)
    {
        foreach (
            var option in (Option?[])
                [_listen, _advertise, _opsListen, _certificate, _key, _authority, _insecure, .. _more.Options, _logLevel, _logJson, _config]
        )
            if (option is not null)
                command.Options.Add(option);
    }

    /// <exception cref="DomainException">A value breaks a rule, or the file has an unknown key.</exception>
    public ComponentOptions Read(ParseResult parsed)
    {
        _source.CheckKeys(parsed.CommandResult.Command);
        var level = parsed.GetValue(_logLevel);
        if (!Enum.TryParse<LogLevel>(level, ignoreCase: true, out var logLevel) || int.TryParse(level, out _))
            throw DomainError.Invalid("log-level", $"must be trace, debug, information, warning or error, not \"{level}\"").ToException();
        return _more.Apply(
            parsed,
            new ComponentOptions
            {
                Name = _name,
                Listen = _listen is null ? null : parsed.GetValue(_listen),
                AdvertiseUrl = _advertise is null ? null : parsed.GetValue(_advertise),
                OpsListen = parsed.GetValue(_opsListen),
                Tls = new TlsOptions
                {
                    CertificateFile = _certificate is null ? null : parsed.GetValue(_certificate),
                    KeyFile = _key is null ? null : parsed.GetValue(_key),
                    AuthorityFile = _authority is null ? null : parsed.GetValue(_authority),
                },
                Insecure = _insecure is not null && parsed.GetValue(_insecure),
                LogLevel = logLevel,
                LogJson = parsed.GetValue(_logJson),
            }
        );
    }
}
