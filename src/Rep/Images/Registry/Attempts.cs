using Scheduler.Rep.Images.Content;

namespace Scheduler.Rep.Images.Registry;

/// <summary>Repeats what a registry did not do, with growing pauses.</summary>
internal sealed class Attempts(RegistryOptions options, TimeProvider time)
{
    private int _failed;

    /// <summary>Something got on: what fails from here on is a new failure.</summary>
    public void Progressed() => _failed = 0;

    /// <summary>Waits until the next attempt may begin; false when there were enough.</summary>
    public async Task<bool> AgainAsync(RegistryUnavailableException failure, CancellationToken cancellation)
    {
        if (++_failed >= options.Attempts) return false;
        var pause = options.RetryPause * Math.Pow(2, Math.Min(_failed - 1, 20));
        if (failure.After is { } asked && asked > pause) pause = asked;
        await Task.Delay(pause < RegistryOptions.LongestPause ? pause : RegistryOptions.LongestPause, time, cancellation);
        return true;
    }
}
