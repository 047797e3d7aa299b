using Grpc.Core;

namespace Grpc.Net.Client.Internal;

/// <summary>Makes calls over the HTTP/2 connections of a channel.</summary>
internal sealed class HttpCallInvoker(GrpcChannel channel) : CallInvoker
{
    public override TResponse BlockingUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        // Continuations must not wait for the thread that is blocked here.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            using var call = AsyncUnaryCall(method, host, options, request);
            return call.GetAwaiter().GetResult();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var call = new ClientCall<TRequest, TResponse>(channel, method, host, options);
        return new AsyncUnaryCall<TResponse>(
            call.ReceiveSingleAsync(request, null), ClientCall.GetHeaders, ClientCall.GetStatus, ClientCall.GetTrailers, ClientCall.GiveUp, call);
    }

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var call = new ClientCall<TRequest, TResponse>(channel, method, host, options);
        return new AsyncServerStreamingCall<TResponse>(
            call.ReceiveStream(request, null), ClientCall.GetHeaders, ClientCall.GetStatus, ClientCall.GetTrailers, ClientCall.GiveUp, call);
    }

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        var call = new ClientCall<TRequest, TResponse>(channel, method, host, options);
        var content = new StreamedRequestContent();
        return new AsyncClientStreamingCall<TRequest, TResponse>(
            call.Writer(content), call.ReceiveSingleAsync(null, content), ClientCall.GetHeaders, ClientCall.GetStatus, ClientCall.GetTrailers, ClientCall.GiveUp, call);
    }

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        var call = new ClientCall<TRequest, TResponse>(channel, method, host, options);
        var content = new StreamedRequestContent();
        return new AsyncDuplexStreamingCall<TRequest, TResponse>(
            call.Writer(content), call.ReceiveStream(null, content), ClientCall.GetHeaders, ClientCall.GetStatus, ClientCall.GetTrailers, ClientCall.GiveUp, call);
    }
}
