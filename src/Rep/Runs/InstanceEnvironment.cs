using System.Globalization;
using System.Text;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Runs;

/// <summary>Environment variables that tell work where it runs; the names are Cloud Foundry's.</summary>
internal static class InstanceEnvironment
{
    /// <summary>The container's variables: first the instance's (LRPs only), then those that the work requests, in its order.</summary>
    public static IReadOnlyList<EnvironmentVariable> OfContainer(WorkDefinition work)
    {
        var variables = new List<EnvironmentVariable>();
        if (work.Lrp is not null)
        {
            var (guid, index) = (work.Entry.ContainerGuid, work.Entry.Index.ToString(CultureInfo.InvariantCulture));
            variables.Add(new("INSTANCE_GUID", guid));
            variables.Add(new("INSTANCE_INDEX", index));
            variables.Add(new("CF_INSTANCE_GUID", guid));
            variables.Add(new("CF_INSTANCE_INDEX", index));
        }

        foreach (var variable in work.Environment)
            variables.Add(new(variable.Name, variable.Value));
        return variables;
    }

    /// <summary>Variables appended to those of each process: addresses and ports, known only once the container exists.</summary>
    public static IReadOnlyList<EnvironmentVariable> OfProcess(ContainerInfo container, string cellAddress)
    {
        var first = container.Ports.FirstOrDefault(port => port.HostPort > 0);
        var port = first.HostPort > 0 ? first.HostPort.ToString(CultureInfo.InvariantCulture) : "";
        return
        [
            new("CF_INSTANCE_IP", cellAddress),
            new("CF_INSTANCE_INTERNAL_IP", container.Address?.ToString() ?? ""),
            new("CF_INSTANCE_PORT", port),
            new("CF_INSTANCE_ADDR", port.Length > 0 ? $"{cellAddress}:{port}" : ""),
            new("CF_INSTANCE_PORTS", PortsJson(container.Ports)),
        ];
    }

    private static string PortsJson(IReadOnlyList<PortMapping> ports)
    {
        var json = new StringBuilder("[");
        foreach (var port in ports)
        {
            if (json.Length > 1)
                json.Append(',');
            json.Append('{');
            if (port.HostPort > 0)
                json.Append(CultureInfo.InvariantCulture, $"\"external\":{port.HostPort},");
            json.Append(CultureInfo.InvariantCulture, $"\"internal\":{port.ContainerPort}}}");
        }

        return json.Append(']').ToString();
    }
}
