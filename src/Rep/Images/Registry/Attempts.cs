using Scheduler.Models;
using Scheduler.Rep.Images.Content;

namespace Scheduler.Rep.Images.Registry;

/// <summary>Retries failed registry requests with increasing back-off.</summary>
internal sealed class Attempts(RegistryOptions options, TimeProvider time)
{
    private int _failed;

    /// <summary>Records progress: later failures count from zero.</summary>
    public void Progressed() => _failed = 0;

    /// <summary>Waits until the next attempt may begin; false if all attempts are used up.</summary>
    public async Task<bool> AgainAsync(RegistryUnavailableException failure, CancellationToken cancellation)
    {
        if (++_failed >= options.Attempts)
            return false;
        var pause = new Backoff(options.RetryPause, RegistryOptions.LongestPause).After(_failed);
        if (failure.After is { } asked && asked > pause)
            pause = asked < RegistryOptions.LongestPause ? asked : RegistryOptions.LongestPause;
        await Task.Delay(pause, time, cancellation);
        return true;
    }
}
