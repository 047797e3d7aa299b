using Scheduler.Client.Files;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using YamlDotNet.RepresentationModel;

namespace Scheduler.Client.Specs;

/// <summary>A health check of an instance.</summary>
/// <param name="HttpPath">The path to GET; null for a plain TCP check.</param>
/// <param name="Port">The container port; null for the first port of the LRP.</param>
internal sealed record CheckSpec(string? HttpPath, uint? Port, TimeSpan? Interval, TimeSpan? Timeout)
{
    public static List<CheckSpec> ReadAll(SpecFile file, YamlNode? node, string key) =>
        node switch
        {
            null => [],
            YamlSequenceNode list => [.. list.Select(item => Read(file, item, key))],
            _ => [Read(file, node, key)],
        };

    public Check ToMessage(IReadOnlyList<uint> ports)
    {
        var port =
            Port
            ?? (
                ports.Count > 0
                    ? ports[0]
                    : throw DomainError.Invalid("check", "needs a port: set one on the LRP or on the check").ToException()
            );
        var (interval, timeout) = ((ulong)(Interval?.TotalMilliseconds ?? 0), (ulong)(Timeout?.TotalMilliseconds ?? 0));
        return HttpPath is null
            ? new Check
            {
                TcpCheck = new TCPCheck
                {
                    Port = port,
                    IntervalMs = interval,
                    ConnectTimeoutMs = timeout,
                },
            }
            : new Check
            {
                HttpCheck = new HTTPCheck
                {
                    Port = port,
                    Path = HttpPath,
                    IntervalMs = interval,
                    RequestTimeoutMs = timeout,
                },
            };
    }

    private static CheckSpec Read(SpecFile file, YamlNode node, string key)
    {
        var map = new SpecMap(file, file.Map(node, key), $"a {key}");
        var (http, tcp, port) = (map.Text("http"), map.Port("tcp"), map.Port("port"));
        var check = new CheckSpec(http, tcp ?? port, map.Duration("interval"), map.Duration("timeout"));
        map.End();
        if ((http is null) == (tcp is null))
            throw file.Wrong(node, key, "needs either http: /PATH or tcp: PORT");
        return check;
    }
}
