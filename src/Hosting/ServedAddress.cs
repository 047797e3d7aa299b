namespace Scheduler.Hosting;

/// <summary>Where this part's services are reached; known when its listener is bound, which may be on a free port.</summary>
public sealed class ServedAddress
{
    private readonly TaskCompletionSource<string> _url = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<string> UrlAsync(CancellationToken cancellationToken) => _url.Task.WaitAsync(cancellationToken);

    internal void Set(string url) => _url.TrySetResult(url);
}
