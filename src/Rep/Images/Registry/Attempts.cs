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
        var pause = options.RetryPause * Math.Pow(2, Math.Min(_failed - 1, 20));
        if (failure.After is { } asked && asked > pause)
            pause = asked;
        await Task.Delay(pause < RegistryOptions.LongestPause ? pause : RegistryOptions.LongestPause, time, cancellation);
        return true;
    }
}
