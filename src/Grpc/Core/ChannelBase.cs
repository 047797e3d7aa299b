namespace Grpc.Core;

/// <summary>A way to a server.</summary>
public abstract class ChannelBase
{
    private bool _shutdown;

    protected ChannelBase(string target)
    {
        ArgumentNullException.ThrowIfNull(target);
        Target = target;
    }

    /// <summary>The authority of the server.</summary>
    public string Target { get; }

    /// <summary>Makes an invoker that calls over this channel.</summary>
    public abstract CallInvoker CreateCallInvoker();

    /// <summary>Ends the channel and every call on it; once.</summary>
    public Task ShutdownAsync()
    {
        if (Interlocked.Exchange(ref _shutdown, true))
            throw new InvalidOperationException("Channel has been shut down already.");
        return ShutdownAsyncCore();
    }

    protected virtual Task ShutdownAsyncCore() => Task.CompletedTask;
}
