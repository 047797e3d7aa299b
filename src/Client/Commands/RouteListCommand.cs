using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Scheduler.Client.Rollouts;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary>
/// <c>scheduler route list</c>. Reads the BBS and not a router: that works with any number of routers of any kind, with the client's own
/// rights, and shows routes that no router has yet.
/// </summary>
internal static class RouteListCommand
{
    public static Command Create(ClientOptions client)
    {
        var command = new Command("list", "List HTTP routes with the instances that they lead to; --json prints one object per pair");
        var domain = new Option<string?>("--domain") { Description = "Only this domain", HelpName = "NAME" };
        command.Aliases.Add("ls");
        command.MayBePaged();
        command.Options.Add(domain);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var session = client.Open(parsed);
                var printer = client.Printer(parsed);
                var of = parsed.GetValue(domain) ?? "";
                var lrps = await session.DesiredLrpsAsync(new ListDesiredLRPsRequest { Domain = of }, cancellationToken);
                var (rows, _) = await session.ActualLrpsAsync(new ListActualLRPsRequest { Domain = of }, cancellationToken);
                var routes = RoutedInstance.Of(ListedApp.InUse(lrps), rows);
                if (printer.IsJson)
                {
                    foreach (var route in routes)
                        printer.Json(ToJson(route));
                    return ExitCodes.Ok;
                }

                printer.Table(
                    ["ROUTE", "PROCESS", "INSTANCE", "ADDRESS", "HEALTH", "INSTANCE GUID"],
                    [
                        .. routes.Select(route =>
                            new[] { route.Hostname, route.ProcessGuid, Index(route), route.Address, route.Health, route.InstanceGuid }
                        ),
                    ],
                    narrow: 5
                );
                return ExitCodes.Ok;
            }
        );
        return command;
    }

    private static string Index(RoutedInstance route) => route.Index?.ToString(CultureInfo.InvariantCulture) ?? "-";

    private static JsonObject ToJson(RoutedInstance route) =>
        new()
        {
            ["route"] = route.Hostname,
            ["process_guid"] = route.ProcessGuid,
            ["index"] = route.Index,
            ["instance_guid"] = route.InstanceGuid,
            ["address"] = route.Address,
            ["health"] = route.Health,
        };
}

/// <summary>One pair of route and instance.</summary>
/// <param name="Index">Null if the process has no instance.</param>
/// <param name="Address">Where a router dials it; empty if that is not known yet.</param>
/// <param name="Health"><c>healthy</c> if it gets requests, else why it does not.</param>
internal sealed record RoutedInstance(string Hostname, string ProcessGuid, int? Index, string InstanceGuid, string Address, string Health)
{
    public static IReadOnlyList<RoutedInstance> Of(IReadOnlyList<DesiredLRP> lrps, IReadOnlyList<ActualLRP> rows)
    {
        var byProcess = rows.ToLookup(row => row.ActualLrpKey.ProcessGuid);
        return
        [
            .. from lrp in lrps
            from route in RouteUrls.HostnamesOf(lrp.Routes)
            // Emitters withdraw what is to be scaled away.
            let routed = byProcess[lrp.ProcessGuid].Where(row => row.ActualLrpKey.Index < lrp.Instances)
            from row in routed.DefaultIfEmpty()
            orderby route.Hostname, lrp.ProcessGuid, row?.ActualLrpKey.Index
            select row is null
                ? new RoutedInstance(route.Hostname, lrp.ProcessGuid, null, "", "", "no instance")
                : new RoutedInstance(
                    route.Hostname,
                    lrp.ProcessGuid,
                    row.ActualLrpKey.Index,
                    row.ActualLrpInstanceKey?.InstanceGuid ?? "",
                    AddressOf(row, route.Port),
                    HealthOf(row, route.Port)
                ),
        ];
    }

    private static string AddressOf(ActualLRP row, uint containerPort)
    {
        if (row.ActualLrpNetInfo is not { } net || net.Ports.FirstOrDefault(port => port.ContainerPort == containerPort) is not { } port)
            return "";
        return net.PreferredAddress == ActualLRPNetInfo.Types.PreferredAddress.Instance
            ? string.Create(CultureInfo.InvariantCulture, $"{net.InstanceAddress}:{port.ContainerPort}")
            : string.Create(CultureInfo.InvariantCulture, $"{net.Address}:{port.HostPort}");
    }

    private static string HealthOf(ActualLRP row, uint containerPort) =>
        row.State switch
        {
            ActualLrpStateNames.Running when AddressOf(row, containerPort).Length == 0 => $"port {containerPort} is not mapped",
            ActualLrpStateNames.Running when row.HasRoutable && !row.Routable => "not ready",
            ActualLrpStateNames.Running when row.Presence == ActualLRP.Types.Presence.Suspect => "healthy (cell lost)",
            ActualLrpStateNames.Running => "healthy",
            ActualLrpStateNames.Claimed => "starting",
            ActualLrpStateNames.Crashed => "crashed",
            _ => "waiting for a cell",
        };
}
