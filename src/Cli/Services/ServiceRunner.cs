using Scheduler.Hosting;
using Scheduler.Models;

namespace Scheduler.Cli.Services;

/// <summary>Runs one service in the foreground until it is asked to stop.</summary>
internal static class ServiceRunner
{
    /// <param name="before">Must succeed before the service listens.</param>
    public static async Task<int> RunAsync(
        ComponentHost host,
        CancellationToken cancellationToken,
        Func<IServiceProvider, CancellationToken, Task>? before = null
    )
    {
        await using (host)
        {
            if (before is not null)
                await before(host.Services, cancellationToken);
            await host.StartAsync(cancellationToken);
            await host.WaitForShutdownAsync(cancellationToken);
            ThrowIfFailed(host);
        }

        return ExitCodes.Ok;
    }

    /// <exception cref="DomainException">The service ended without being asked to stop.</exception>
    public static void ThrowIfFailed(ComponentHost host)
    {
        if (host.Failure is { } failure)
            throw new DomainException(new DomainError(ErrorKind.Unknown, $"{host.Name} stopped unexpectedly: {failure.Message}"), failure);
    }
}
