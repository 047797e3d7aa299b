using Scheduler.Hosting;

namespace Scheduler.Cli.Services;

/// <summary>Runs one service in the foreground until it is told to stop.</summary>
internal static class ServiceRunner
{
    public static async Task<int> RunAsync(ComponentHost host, CancellationToken cancellationToken)
    {
        await using (host)
        {
            await host.StartAsync(cancellationToken);
            await host.WaitForShutdownAsync(cancellationToken);
        }

        return ExitCodes.Ok;
    }
}
