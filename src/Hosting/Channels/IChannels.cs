using Grpc.Core;
using Scheduler.Models;

namespace Scheduler.Hosting.Channels;

/// <summary>
/// Channels to the process's peers, by URL. Real ones are HTTP/2 connections; the cluster simulation supplies its own network.
/// </summary>
public interface IChannels
{
    /// <summary>Calls on this invoker throw <see cref="DomainException"/> if the server answers with a domain error.</summary>
    /// <exception cref="DomainException">The URL cannot be dialled.</exception>
    CallInvoker Invoker(string url);

    /// <summary>
    /// Calls on this invoker fail with <see cref="RpcException"/>, for callers that choose the next address by the status.
    /// </summary>
    /// <exception cref="DomainException">The URL cannot be dialled.</exception>
    CallInvoker Raw(string url);

    /// <summary>Drops a peer that is gone for good, such as a withdrawn cell, and closes its connections.</summary>
    void Release(string url);
}
