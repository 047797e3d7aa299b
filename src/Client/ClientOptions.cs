using System.CommandLine;
using Scheduler.Client.Contexts;
using Scheduler.Client.Output;
using Scheduler.Hosting.Channels;
using Scheduler.Hosting.Tls;
using Scheduler.Models;

namespace Scheduler.Client;

/// <summary>The flags common to all client commands: server address, identity and output format.</summary>
internal sealed class ClientOptions
{
    private const string ContextVariable = "SCHEDULER_CONTEXT";
    private const string DefaultUrl = "http://127.0.0.1:8889";

    // A single server that does not answer is down; with several, one may be about to take over.
    private static readonly TimeSpan PatienceWithOne = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PatienceWithMany = TimeSpan.FromSeconds(20);

    private readonly DevState? _dev = DevState.TryRead(DevState.DefaultDirectory);
    private readonly Option<string[]> _bbs;
    private readonly Option<string?> _certificate;
    private readonly Option<string?> _key;
    private readonly Option<string?> _authority;
    private readonly Option<Duration> _timeout;
    private readonly Option<string?> _context = new("--context")
    {
        Description = "Cluster to talk to, by its name in scheduler context list [SCHEDULER_CONTEXT]",
        HelpName = "CONTEXT",
    };
    private readonly Option<string?> _output = new("--output", "-o")
    {
        Description = "How results are printed: as a table, one with more columns, JSON lines, or YAML documents (default: table)",
        HelpName = "table|wide|json|yaml",
    };
    private readonly Option<bool> _json = new("--json") { Description = "Short for --output json" };

    private readonly IServerCode? _server;

    /// <param name="server">Null in the thin program.</param>
    public ClientOptions(SettingSource settings, IServerCode? server)
    {
        (_server, Settings) = (server, settings);
        _output.AcceptOnlyFromAmong("table", "wide", "json", "yaml");
        _bbs = settings.Texts("--bbs", "BBS URLs; not needed for a running ./scheduler dev", _dev?.Bbs ?? [DefaultUrl], "URL");
        _certificate = settings.Text("--cert", "PEM file of the client certificate", _dev?.CertificateFile, "FILE");
        _key = settings.Text("--key", "PEM file of the certificate's private key", _dev?.KeyFile, "FILE");
        _authority = settings.Text("--ca", "PEM file of the CAs that issue the servers' certificates", _dev?.AuthorityFile, "FILE");
        _timeout = settings.Duration("--timeout", "Timeout of one request", TimeSpan.FromSeconds(30));
    }

    /// <summary>For flags of single commands that can be set in the environment too.</summary>
    public SettingSource Settings { get; }

    /// <summary>For flags that are marked as needing the whole program.</summary>
    public IServerCode Server => _server ?? throw new InvalidOperationException("the whole program should have run this command");

    /// <summary>The name of the context to use when no flag names one, and what names it, for errors.</summary>
    public static (string Name, string Field) SelectedContext(StoredContexts stored) =>
        Environment.GetEnvironmentVariable(ContextVariable) is { Length: > 0 } name
            ? (name, ContextVariable)
            : (stored.Current ?? ContextFile.Dev, "context");

    /// <summary>Adds the flags to a command and its subcommands, for commands that talk to no server.</summary>
    public Command OnlyOutputOn(Command command)
    {
        foreach (var option in (Option[])[_output, _json])
        {
            option.Recursive = true;
            command.Options.Add(option);
        }

        return command;
    }

    /// <summary>Adds the flags to a command and its subcommands.</summary>
    public Command On(Command command)
    {
        foreach (var option in (Option[])[_context, _bbs, _certificate, _key, _authority, _timeout, _output, _json])
        {
            option.Recursive = true;
            command.Options.Add(option);
        }

        return command;
    }

    /// <param name="patience">How long to wait for an answer at most; null for what the flags say.</param>
    /// <exception cref="DomainException">A URL or a file is invalid.</exception>
    public ClientSession Open(ParseResult parsed, TimeSpan? patience = null)
    {
        // Plain URLs need no identity, even if a running node or the environment offers one.
        var connection = ConnectionOf(parsed);
        var urls = connection.Bbs;
        var tls = new TlsOptions
        {
            CertificateFile = connection.CertificateFile,
            KeyFile = connection.KeyFile,
            AuthorityFile = connection.AuthorityFile,
        };
        var channels = new ChannelOptions { FailoverPatience = patience ?? (urls.Length > 1 ? PatienceWithMany : PatienceWithOne) };
        return new ClientSession(urls, tls, channels, patience ?? parsed.GetValue(_timeout), TimeProvider.System);
    }

    /// <summary>URL of the router of the running development node; null unless the command talks to that node.</summary>
    public string? RouterUrl(ParseResult parsed) =>
        _dev is { Router: { } router } && _dev.Bbs.SequenceEqual(ConnectionOf(parsed).Bbs) ? router : null;

    /// <summary>
    /// Each value from its own flag, else from the context of a flag, else from its environment variable, else from the context that is
    /// selected otherwise, else from the running development node.
    /// </summary>
    /// <exception cref="DomainException">The context does not exist.</exception>
    public Connection ConnectionOf(ParseResult parsed)
    {
        var stored = ContextFile.OfUser.Read();
        var asked = parsed.GetValue(_context);
        var (name, field) = asked is null ? SelectedContext(stored) : (asked, "--context");
        var context = ContextFile.Find(stored, name, field);
        return new Connection(
            Value(_bbs, one => one.Bbs)!,
            Value(_certificate, one => one.CertificateFile),
            Value(_key, one => one.KeyFile),
            Value(_authority, one => one.AuthorityFile)
        );

        T Value<T>(Option<T> option, Func<ClusterContext, T> ofContext)
        {
            var isGiven = parsed.GetResult(option) is { Implicit: false };
            return context is null || isGiven || (asked is null && Settings.IsSet(option.Name))
                ? parsed.GetValue(option)!
                : ofContext(context);
        }
    }

    /// <exception cref="DomainException">Two flags ask for different formats.</exception>
    public Printer Printer(ParseResult parsed) =>
        new(parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, Format(parsed), TimeProvider.System);

    private OutputFormat Format(ParseResult parsed)
    {
        var isJson = parsed.GetValue(_json);
        if (parsed.GetValue(_output) is not { } name)
            return isJson ? OutputFormat.Json : OutputFormat.Table;
        var format = Enum.Parse<OutputFormat>(name, ignoreCase: true);
        return isJson && format != OutputFormat.Json
            ? throw DomainError.Invalid("--output", $"must not be {name} beside --json, which is short for --output json").ToException()
            : format;
    }
}
