using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Events;

namespace Scheduler.Tests.TestKit;

/// <summary>A BBS event stream that a test controls. One follower at a time.</summary>
public sealed class FakeBbsEvents : IBbsEvents
{
    private readonly Channel<FollowRequest> _requests = Channel.CreateUnbounded<FollowRequest>();
    private Channel<Event> _stream = Channel.CreateUnbounded<Event>();

    /// <summary>The follow requests, in order.</summary>
    public ChannelReader<FollowRequest> Requests => _requests.Reader;

    /// <summary>Sends on the open stream, or on the next one.</summary>
    public void Send(params IEnumerable<Event> events)
    {
        foreach (var one in events)
            Volatile.Read(ref _stream).Writer.TryWrite(one);
    }

    /// <summary>Ends the stream, with a failure or normally.</summary>
    public void Cut(Exception? failure = null) =>
        Interlocked.Exchange(ref _stream, Channel.CreateUnbounded<Event>()).Writer.Complete(failure);

    public async IAsyncEnumerable<Event> FollowAsync(FollowRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var stream = Volatile.Read(ref _stream);
        _requests.Writer.TryWrite(request);
        await foreach (var one in stream.Reader.ReadAllAsync(cancellationToken))
            yield return one;
    }
}
