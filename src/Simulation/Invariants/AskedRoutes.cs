using System.Text.Json;
using Google.Protobuf;
using Scheduler.Simulation.Network;

namespace Scheduler.Simulation.Invariants;

/// <summary>The routes that an instance's row and its desired LRP require, derived without the product's code.</summary>
internal sealed class AskedRoutes
{
    private const string HttpKey = "cf-router";

    // LRPs rarely change their routes, but rows change all the time.
    private readonly Dictionary<ByteString, List<(string Hostname, uint Port)>> _read = [];

    /// <summary>Empty while the instance does not run or is not ready.</summary>
    public List<Backend> Of(DesiredLRP? lrp, ActualLRP? row)
    {
        var asked = new List<Backend>();
        if (row is not { State: ActualLrpStateNames.Running, ActualLrpNetInfo: { } net } || row is { HasRoutable: true, Routable: false })
            return asked;
        if (lrp?.Routes is not { } routes || !routes.Routes.TryGetValue(HttpKey, out var json))
            return asked;
        foreach (var (hostname, port) in Read(json))
        {
            foreach (var mapping in net.Ports)
            {
                if (mapping.ContainerPort == port)
                    asked.Add(
                        new Backend(
                            hostname,
                            $"{net.Address}:{mapping.HostPort}",
                            lrp.LogGuid,
                            row.ActualLrpKey.Index,
                            row.ActualLrpInstanceKey.InstanceGuid
                        )
                    );
            }
        }

        return asked;
    }

    private List<(string Hostname, uint Port)> Read(ByteString json)
    {
        if (_read.TryGetValue(json, out var known))
            return known;
        using var parsed = JsonDocument.Parse(json.Memory);
        return _read[json] = [
            .. parsed
                .RootElement.EnumerateArray()
                .SelectMany(route =>
                    route
                        .GetProperty("hostnames")
                        .EnumerateArray()
                        .Select(hostname => (hostname.GetString()!, route.GetProperty("port").GetUInt32()))
                ),
        ];
    }
}
