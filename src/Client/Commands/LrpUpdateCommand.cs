using System.CommandLine;
using Scheduler.Client.Files;
using Scheduler.Client.Rollouts;
using Scheduler.Client.Specs;
using Scheduler.Contracts.V1;
using Scheduler.Contracts.Work;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler lrp update</c></summary>
internal static class LrpUpdateCommand
{
    private const string Help = """
        Update a running process: instances, routes, annotation, metric tags

        Examples:
          scheduler lrp update web --route web.example.com --route www.example.com
          scheduler lrp update web --instances 4 --annotation 'for the release'
        """;

    public static Command Create(ClientOptions client)
    {
        var command = new Command("update").Explain(Help);
        var guid = new Argument<string>("NAME") { Description = "Process GUID" };
        var instances = new Option<string?>("--instances", "-i") { Description = "Number of instances", HelpName = "N" };
        var annotation = new Option<string?>("--annotation") { Description = "Free text stored with the process", HelpName = "TEXT" };
        var routes = new Option<string[]>("--route")
        {
            Description = "HTTP route; replaces all existing ones; may be repeated",
            HelpName = "HOST[/PATH][:PORT]",
        };
        var internalRoutes = new Option<string[]>("--internal-route")
        {
            Description = "Internal route; replaces all existing ones; may be repeated",
            HelpName = "HOST",
        };
        var noRoutes = new Option<bool>("--no-routes") { Description = "Remove all routes" };
        var tags = new Option<string[]>("--metric-tag")
        {
            Description = "Metric tag; replaces all existing ones; may be repeated",
            HelpName = "NAME=VALUE",
        };
        var wait = new WaitFlags("all instances are running");
        command.Arguments.Add(guid);
        foreach (var option in (Option[])[instances, annotation, routes, internalRoutes, noRoutes, tags])
            command.Options.Add(option);
        wait.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var session = client.Open(parsed);
                var name = parsed.GetValue(guid)!;
                var current = (await App.GetAsync(session, name, cancellationToken)).Changeable().Current;
                var update = new DesiredLRPUpdate();
                if (WorkFlags.Parsed(parsed, instances, text => Numbers.TryInt(text, 0), "a whole number of at least 0") is { } count)
                    update.Instances = count;
                if (parsed.GetValue(annotation) is { } text)
                    update.Annotation = text;
                RouteSpec[] wanted =
                [
                    .. (parsed.GetValue(routes) ?? []).Select(RouteSpec.Parse),
                    .. (parsed.GetValue(internalRoutes) ?? []).Select(host => new RouteSpec(host, null, true)),
                ];
                if (wanted.Length > 0)
                    update.Routes = Merge(current.Routes, RouteSpec.ToMessage(wanted, current.Ports));
                if (parsed.GetValue(noRoutes))
                    update.Routes = None(current.Routes);
                var metricTags = new Dictionary<string, string>(StringComparer.Ordinal);
                WorkFlags.AddPairs(parsed, tags, metricTags);
                foreach (var (key, value) in metricTags)
                    update.MetricTags[key] = new MetricTagValue { Static = value };
                if (update.Equals(new DesiredLRPUpdate()))
                    throw DomainError
                        .Invalid(
                            "update",
                            "must include at least one of --instances, --route, --internal-route, --no-routes, --annotation or --metric-tag"
                        )
                        .ToException();

                await session.DesiredLrps.UpdateAsync(
                    new UpdateDesiredLRPRequest { ProcessGuid = current.ProcessGuid, Update = update },
                    session.Call(cancellationToken)
                );
                client.Printer(parsed).Note($"{name}: updated");
                await wait.UntilRunningAsync(
                    parsed,
                    session,
                    client.Printer(parsed),
                    current.ProcessGuid,
                    update.HasInstances ? update.Instances : current.Instances,
                    cancellationToken,
                    name
                );
                return ExitCodes.Ok;
            }
        );
        return command;
    }

    private static ProtoRoutes None(ProtoRoutes? current)
    {
        var none = new ProtoRoutes();
        // It is among them and none of them.
        if (current is not null && current.Routes.TryGetValue(RouteKeys.Versions, out var versions))
            none.Routes[RouteKeys.Versions] = versions;
        return none;
    }

    // Routes are replaced as a whole map, so the keys that the flags do not set must be sent too.
    private static ProtoRoutes Merge(ProtoRoutes? current, ProtoRoutes wanted)
    {
        foreach (var (key, value) in current?.Routes ?? [])
            wanted.Routes.TryAdd(key, value);
        return wanted;
    }
}
