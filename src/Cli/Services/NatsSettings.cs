using System.CommandLine;
using Scheduler.Messaging;
using Scheduler.Models;

namespace Scheduler.Cli.Services;

/// <summary>The flags of a part's connection to NATS that are no plain values.</summary>
internal sealed class NatsSettings(SettingSource settings, string about)
{
    private readonly Option<string[]> _servers = settings.Texts("--nats", about, [], "nats://HOST:PORT|tls://HOST:PORT");
    private readonly Option<string?> _user = settings.Text("--nats-user", "NATS user", null, "NAME");
    private readonly Option<string?> _password = settings.Text(
        "--nats-password",
        "NATS password; preferably set in the environment or the --config file",
        null,
        "TEXT"
    );
    private readonly Option<string?> _ca = settings.Text(
        "--nats-ca",
        "PEM file of the CAs that issue the NATS servers' certificates",
        null,
        "FILE"
    );
    private readonly Option<string?> _cert = settings.Text("--nats-cert", "PEM file of the client certificate for NATS", null, "FILE");
    private readonly Option<string?> _key = settings.Text("--nats-key", "PEM file of the client certificate's private key", null, "FILE");

    public IEnumerable<Option> Options => [_servers, _user, _password, _ca, _cert, _key];

    /// <exception cref="DomainException">A value is not a NATS URL.</exception>
    public NatsOptions Read(ParseResult parsed) =>
        new()
        {
            Servers = Servers(parsed.GetValue(_servers)!),
            User = parsed.GetValue(_user),
            Password = parsed.GetValue(_password),
            CaFile = parsed.GetValue(_ca),
            CertificateFile = parsed.GetValue(_cert),
            KeyFile = parsed.GetValue(_key),
        };

    /// <exception cref="DomainException">A value is not a NATS URL.</exception>
    public static IReadOnlyList<Uri> Servers(IReadOnlyList<string> servers) =>
        [
            .. servers.Select(server =>
                Uri.TryCreate(server, UriKind.Absolute, out var url) && url.Scheme is ("nats" or "tls")
                    ? url!
                    : throw NatsOptions.Malformed(server).ToException()
            ),
        ];
}
