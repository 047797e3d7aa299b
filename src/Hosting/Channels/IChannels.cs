using Grpc.Core;
using Scheduler.Models;

namespace Scheduler.Hosting.Channels;

/// <summary>The process's ways to its peers, by URL. Real ones are HTTP/2 connections; the cluster simulation hands in its own network.</summary>
public interface IChannels
{
    /// <summary>Calls on this invoker throw <see cref="DomainException"/> where the server answers with a domain error.</summary>
    /// <exception cref="DomainException">The URL cannot be dialled.</exception>
    CallInvoker Invoker(string url);

    /// <summary>Calls on this invoker fail with <see cref="RpcException"/>, for whoever decides by the status where to go next.</summary>
    /// <exception cref="DomainException">The URL cannot be dialled.</exception>
    CallInvoker Raw(string url);

    /// <summary>Forgets a peer that is gone for good, such as a withdrawn cell, and closes its connections.</summary>
    void Release(string url);
}
