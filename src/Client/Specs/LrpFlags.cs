using System.CommandLine;
using Scheduler.Client.Files;
using Scheduler.Models;

namespace Scheduler.Client.Specs;

/// <summary>The flags specific to long-running processes.</summary>
internal sealed class LrpFlags
{
    private readonly WorkFlags _common = new("NAME");
    private readonly Option<string?> _instances = new("--instances", "-i")
    {
        Description = "Number of instances (default: 1)",
        HelpName = "N",
    };
    private readonly Option<string[]> _ports = new("--port", "-p")
    {
        Description = "Container port the process listens on; may be repeated",
        HelpName = "PORT",
    };
    private readonly Option<string[]> _routes = new("--route")
    {
        Description = "HTTP route to PORT (default: the first port); may be repeated",
        HelpName = "HOST[/PATH][:PORT]",
    };
    private readonly Option<string[]> _internalRoutes = new("--internal-route")
    {
        Description = "Hostname for service discovery by other containers; may be repeated",
        HelpName = "HOST",
    };
    private readonly Option<string?> _checkHttp = new("--check-http")
    {
        Description = "Health check: GET PATH on the first port returns 200",
        HelpName = "PATH",
    };
    private readonly Option<string?> _checkTcp = new("--check-tcp")
    {
        Description = "Health check: PORT accepts TCP connections",
        HelpName = "PORT",
    };
    private readonly Option<string?> _startTimeout = new("--start-timeout")
    {
        Description = "Time limit for becoming healthy (default: no limit)",
        HelpName = "DURATION",
    };

    private Option[] OfLrp => [_instances, _ports, _routes, _internalRoutes, _checkHttp, _checkTcp, _startTimeout];

    public void AddTo(Command command)
    {
        _common.AddTo(command);
        foreach (var option in OfLrp)
            command.Options.Add(option);
    }

    /// <summary>Combines the file and the flags into an LRP.</summary>
    /// <exception cref="Models.DomainException">A required value is missing, or a value breaks a rule.</exception>
    public Contracts.V1.DesiredLRP Read(ParseResult parsed)
    {
        var file = _common.File(parsed);
        if (file is not null && LrpSpec.IsDiego(file))
        {
            var lrp = LrpSpec.ReadDiego(file);
            lrp.ProcessGuid = _common.OnlyName(parsed, OfLrp) ?? lrp.ProcessGuid;
            return lrp;
        }

        var spec = file is null ? new LrpSpec() : LrpSpec.Read(file);
        _common.Apply(parsed, spec);
        spec.Instances =
            WorkFlags.Parsed(parsed, _instances, text => Numbers.TryInt(text, 0), "a whole number of at least 0") ?? spec.Instances;
        foreach (var text in parsed.GetValue(_ports) ?? [])
            spec.Ports.Add(
                Numbers.TryPort(text)
                    ?? throw Models.DomainError.Invalid("--port", $"must be {Numbers.PortRule}, not \"{text}\"").ToException()
            );
        spec.Routes.AddRange((parsed.GetValue(_routes) ?? []).Select(RouteSpec.Parse));
        spec.Routes.AddRange((parsed.GetValue(_internalRoutes) ?? []).Select(host => new RouteSpec(host, null, true)));
        if (parsed.GetValue(_checkHttp) is { } path)
            spec.Checks.Add(new CheckSpec(path, null, null, null));
        if (WorkFlags.Parsed(parsed, _checkTcp, Numbers.TryPort, Numbers.PortRule) is { } port)
            spec.Checks.Add(new CheckSpec(null, port, null, null));
        spec.StartTimeout =
            WorkFlags.Parsed(
                parsed,
                _startTimeout,
                text => Durations.TryParse(text, out var value) ? value : null as TimeSpan?,
                "a duration above 0 such as 30s"
            ) ?? spec.StartTimeout;
        return spec.ToMessage();
    }
}
