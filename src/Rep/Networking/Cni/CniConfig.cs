using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Networking.Cni;

/// <summary>The bridge plugin's input, and the reader of its result.</summary>
internal sealed record CniConfig(string Name, string Bridge, string Subnet, int Mtu, string AddressDirectory)
{
    private const string Version = "1.0.0";

    /// <summary>
    /// Configuration of the bridge plugin: it creates the cell's bridge and the interface pair, and has host-local choose the address.
    /// </summary>
    public string ForBridge()
    {
        var config = new JsonObject
        {
            ["cniVersion"] = Version,
            ["name"] = Name,
            ["type"] = "bridge",
            ["bridge"] = Bridge,
            ["isDefaultGateway"] = true,
            ["hairpinMode"] = true, // a container may call its own host port
            ["ipMasq"] = false, // one rule for the whole cell does this
        };
        if (Mtu > 0)
            config["mtu"] = Mtu;
        config["ipam"] = new JsonObject
        {
            ["type"] = "host-local",
            ["dataDir"] = AddressDirectory,
            ["ranges"] = new JsonArray(new JsonArray(new JsonObject { ["subnet"] = Subnet })),
        };
        return config.ToJsonString();
    }

    /// <summary>Reads the container end and the host end of the interface pair from the bridge plugin's result.</summary>
    public static ContainerLink ReadResult(string result)
    {
        try
        {
            using var document = JsonDocument.Parse(result);
            var ip = document.RootElement.GetProperty("ips")[0];
            var address = ip.GetProperty("address").GetString()!;
            var bare = address[..address.IndexOf('/', StringComparison.Ordinal)];
            var ends = document.RootElement.GetProperty("interfaces").EnumerateArray().ToList();
            // The plugin lists the bridge, the host end and the container end; only the container end has a sandbox.
            return new ContainerLink(
                bare,
                ends[1].GetProperty("name").GetString()!,
                ends.First(IsInside).GetProperty("mac").GetString()!,
                ends[0].GetProperty("mac").GetString()!
            );
        }
        catch (Exception failure)
            when (failure
                    is JsonException
                        or KeyNotFoundException
                        or IndexOutOfRangeException
                        or InvalidOperationException
                        or ArgumentOutOfRangeException
            )
        {
            throw new ContainerRuntimeException($"CNI plugin bridge returned no address: {result}", failure);
        }
    }

    private static bool IsInside(JsonElement end) =>
        end.TryGetProperty("sandbox", out var sandbox) && sandbox.GetString() is { Length: > 0 };

    /// <summary>Plugins report errors on standard output, as JSON.</summary>
    public static string ReadError(string output, string error)
    {
        try
        {
            using var document = JsonDocument.Parse(output);
            var message = document.RootElement.GetProperty("msg").GetString();
            var code = document.RootElement.TryGetProperty("code", out var number) ? number.GetInt32() : 0;
            var details = document.RootElement.TryGetProperty("details", out var more) ? more.GetString() : null;
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{message} (code {code}){(string.IsNullOrEmpty(details) ? "" : $": {details}")}"
            );
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return $"{output} {error}".Trim();
        }
    }
}
