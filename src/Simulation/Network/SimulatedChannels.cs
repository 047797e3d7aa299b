using Grpc.Core;
using Grpc.Core.Interceptors;
using Scheduler.Contracts.Errors;
using Scheduler.Hosting.Channels;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Network;

/// <summary>One process's channels into the simulated network.</summary>
internal sealed class SimulatedChannels(SimulatedNetwork network, Machine machine, VirtualProcess process) : IChannels
{
    public CallInvoker Invoker(string url) => Raw(url).Intercept(new DomainErrorClientInterceptor());

    public CallInvoker Raw(string url) => new Caller(network, machine, process, url);

    public void Release(string url)
    {
        // Simulated connections need no clean-up.
    }

    private sealed class Caller(SimulatedNetwork network, Machine machine, VirtualProcess process, string url) : CallInvoker
    {
        public override TResponse BlockingUnaryCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            string? host,
            CallOptions options,
            TRequest request
        ) => throw new NotSupportedException("blocking calls hold a thread; use the asynchronous ones");

        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            string? host,
            CallOptions options,
            TRequest request
        )
        {
            var call = new SimulatedUnaryCall<TRequest, TResponse>(network, machine, process, url, method, options, request);
            return new AsyncUnaryCall<TResponse>(call.Response, NoHeaders, call.Status, () => [], call.Dispose);
        }

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            string? host,
            CallOptions options,
            TRequest request
        )
        {
            var call = new SimulatedStreamCall<TRequest, TResponse>(network, machine, process, url, method, options, request);
            return new AsyncServerStreamingCall<TResponse>(call, NoHeaders, () => Status.DefaultSuccess, () => [], call.Dispose);
        }

        public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            string? host,
            CallOptions options
        ) => throw NotInContract();

        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            string? host,
            CallOptions options
        ) => throw NotInContract();

        private static readonly Task<Metadata> NoHeaders = Task.FromResult(new Metadata());

        private static NotSupportedException NotInContract() => new("the contract has no client streams");
    }
}
