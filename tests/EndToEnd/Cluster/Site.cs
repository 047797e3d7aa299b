using Scheduler.Contracts.V1;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>A client's view of an instance of <see cref="Work.Site"/>.</summary>
internal static class Site
{
    // An instance that does not exist refuses at once.
    private static readonly HttpClient Client = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero })
    {
        Timeout = Wait.Patience,
    };

    public static string AddressOf(ActualLRP instance) =>
        $"{instance.ActualLrpNetInfo.Address}:{instance.ActualLrpNetInfo.Ports.Single().HostPort}";

    /// <summary>Asks the instance for its identity.</summary>
    /// <returns>What is wrong with the answer, or null.</returns>
    public static async Task<string?> WrongAsync(ActualLRP instance)
    {
        var (address, expected) = (AddressOf(instance), instance.ActualLrpInstanceKey.InstanceGuid);
        try
        {
            var answer = (await Client.GetStringAsync($"http://{address}/instance")).Trim();
            return answer == expected ? null : $"{address} is {answer}, not {expected}";
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
        {
            return $"{address} ({expected}) at {DateTime.UtcNow:HH:mm:ss.fff}: {failure.Message}";
        }
    }
}
