using System.Text.Json.Nodes;
using Google.Protobuf;
using Scheduler.Client.Files;
using Scheduler.Contracts.V1;
using Scheduler.Contracts.Work;
using Scheduler.Models;
using YamlDotNet.RepresentationModel;

namespace Scheduler.Client.Specs;

/// <summary>A hostname for the HTTP router, or for service discovery only.</summary>
/// <param name="Port">The container port; null for the first port of the LRP.</param>
internal sealed record RouteSpec(string Hostname, uint? Port, bool IsInternal)
{
    /// <summary>
    /// <c>web.example.com</c>, <c>web.example.com/path:8080</c>, or a map with <c>hostname</c> and <c>port</c>, or with <c>internal</c>.
    /// </summary>
    public static RouteSpec Read(SpecFile file, YamlNode node)
    {
        if (node is YamlScalarNode)
            return Parse(file.Scalar(node, "routes"));
        var map = new SpecMap(file, file.Map(node, "routes"), "a route");
        var (hostname, port, name) = (map.Text("hostname"), map.Port("port"), map.Text("internal"));
        map.End();
        if ((hostname is null) == (name is null))
            throw file.Wrong(node, "routes", "each route needs either hostname or internal");
        return name is not null ? new RouteSpec(name, null, true) : new RouteSpec(hostname!, port, false);
    }

    public static RouteSpec Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon >= 0 && Numbers.TryPort(text[(colon + 1)..]) is { } port
            ? new RouteSpec(text[..colon], port, false)
            : new RouteSpec(text, null, false);
    }

    public static ProtoRoutes ToMessage(IReadOnlyList<RouteSpec> routes, IReadOnlyList<uint> ports)
    {
        if (routes.FirstOrDefault(route => route.Port is { } port && !ports.Contains(port)) is { } astray)
            throw DomainError
                .Invalid("routes", $"{astray.Hostname} maps to port {astray.Port}, which is not one of the LRP's ports")
                .ToException();
        var message = new ProtoRoutes();
        var http = new JsonArray([
            .. routes
                .Where(route => !route.IsInternal)
                .GroupBy(route => route.Port ?? FirstOf(ports, route))
                .Select(group => new JsonObject
                {
                    ["hostnames"] = new JsonArray([.. group.Select(route => JsonValue.Create(route.Hostname))]),
                    ["port"] = group.Key,
                }),
        ]);
        var names = new JsonArray([
            .. routes.Where(route => route.IsInternal).Select(route => new JsonObject { ["hostname"] = route.Hostname }),
        ]);
        if (http.Count > 0)
            message.Routes[RouteKeys.Http] = ByteString.CopyFromUtf8(http.ToJsonString());
        if (names.Count > 0)
            message.Routes[RouteKeys.Internal] = ByteString.CopyFromUtf8(names.ToJsonString());
        return message;
    }

    private static uint FirstOf(IReadOnlyList<uint> ports, RouteSpec route) =>
        ports.Count > 0
            ? ports[0]
            : throw DomainError
                .Invalid("routes", $"{route.Hostname} needs a port: set one on the LRP, or write {route.Hostname}:8080")
                .ToException();
}
