using System.Globalization;
using Scheduler.Contracts.V1;

namespace Scheduler.Bench.Commands.Load;

/// <summary>Rows of running instances, as long as those of an ordinary app.</summary>
internal static class RunningInstance
{
    /// <param name="number">Its number among all instances.</param>
    /// <param name="revision">Of the commit that writes it.</param>
    public static ActualLRP Row(string processGuid, int index, string domain, string cellId, int number, ulong revision) =>
        new()
        {
            ActualLrpKey = new ActualLRPKey
            {
                ProcessGuid = processGuid,
                Index = index,
                Domain = domain,
            },
            ActualLrpInstanceKey = new ActualLRPInstanceKey
            {
                InstanceGuid = string.Create(CultureInfo.InvariantCulture, $"0fd008a0-1788-4897-{revision & 0xffff:x4}-{number:x12}"),
                CellId = cellId,
            },
            State = "RUNNING",
            Since = 1_700_000_000_000_000_000 + (long)revision,
            ActualLrpNetInfo = new ActualLRPNetInfo
            {
                Address = "10.0.16.7",
                InstanceAddress = "10.255.3.24",
                Ports =
                {
                    new PortMapping
                    {
                        ContainerPort = 8080,
                        HostPort = (uint)(61_000 + (number % 4_000)),
                        ContainerTlsProxyPort = 61001,
                        HostTlsProxyPort = 61002,
                    },
                },
            },
            ModificationTag = new ModificationTag { Epoch = "5b1f6a52-9d3c-4b0e", Index = (uint)revision },
        };
}
