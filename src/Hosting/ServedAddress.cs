namespace Scheduler.Hosting;

/// <summary>URL of this part's services. It is known once the listener is bound, possibly to a free port.</summary>
public sealed class ServedAddress
{
    private readonly TaskCompletionSource<string> _url = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<string> UrlAsync(CancellationToken cancellationToken) => _url.Task.WaitAsync(cancellationToken);

    internal void Set(string url) => _url.TrySetResult(url);
}
