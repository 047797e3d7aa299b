using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Rep.Runtime.Docker;

public sealed partial class DockerRuntime
{
    /// <summary>Detects packet filter rules that somebody has flushed.</summary>
    private async Task WatchRulesAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(network.RulesCheckInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                try
                {
                    if (!await Cell.Firewall.CheckAsync(stopping))
                        log.RulesRestored();
                }
                catch (ContainerRuntimeException failure)
                {
                    log.RulesCheckFailed(failure);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // the runtime is being disposed
        }
    }
}
