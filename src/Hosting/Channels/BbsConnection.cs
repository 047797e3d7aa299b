using Grpc.Core;
using Grpc.Core.Interceptors;
using Scheduler.Contracts.Errors;
using Scheduler.Models;

namespace Scheduler.Hosting.Channels;

/// <summary>Connection to the active BBS, whichever configured address that is. Generated clients use its invoker.</summary>
public sealed class BbsConnection
{
    /// <param name="urls">At least one; any of them may be the active one at some time.</param>
    /// <exception cref="DomainException">There is no URL, or one cannot be dialled.</exception>
    public BbsConnection(IChannels channels, IReadOnlyList<string> urls, ChannelOptions options, TimeProvider time)
    {
        if (urls.Count == 0)
            throw DomainError.Invalid("bbs", "must name at least one URL").ToException();
        Urls = urls;
        Invoker = new FailoverCallInvoker([.. urls.Select(channels.Raw)], options, time).Intercept(new DomainErrorClientInterceptor());
    }

    public IReadOnlyList<string> Urls { get; }

    /// <summary>Calls on it throw <see cref="DomainException"/>.</summary>
    public CallInvoker Invoker { get; }
}
