using System.Threading.Channels;
using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Grpc.HealthCheck;

/// <summary>
/// The standard health service. The application says how its services are; one object serves all calls, so register it as a singleton.
/// </summary>
public class HealthServiceImpl : Health.V1.Health.HealthBase
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ServingStatus> _statuses = [];
    private readonly Dictionary<string, List<Channel<ServingStatus>>> _watchers = [];

    /// <summary>Says how a service is.</summary>
    /// <param name="service">The service with its package; empty for the server as a whole.</param>
    /// <param name="status">How it is from now on.</param>
    public void SetStatus(string service, ServingStatus status)
    {
        lock (_gate)
        {
            var changes = Get(service) != status;
            _statuses[service] = status;
            if (changes)
                Tell(service, status);
        }
    }

    /// <summary>Forgets a service.</summary>
    public void ClearStatus(string service)
    {
        lock (_gate)
            if (_statuses.Remove(service))
                Tell(service, ServingStatus.ServiceUnknown);
    }

    /// <summary>Forgets every service.</summary>
    public void ClearAll()
    {
        lock (_gate)
        {
            foreach (var service in _statuses.Keys)
                Tell(service, ServingStatus.ServiceUnknown);
            _statuses.Clear();
        }
    }

    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        lock (_gate)
        {
            return _statuses.TryGetValue(request.Service, out var status)
                ? Task.FromResult(new HealthCheckResponse { Status = status })
                : throw new RpcException(new Status(StatusCode.NotFound, $"No health is known of the service '{request.Service}'."));
        }
    }

    public override async Task Watch(HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        // A watcher that is slow misses what is past, never what is now.
        var news = Channel.CreateBounded<ServingStatus>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        lock (_gate)
        {
            news.Writer.TryWrite(Get(request.Service));
            if (!_watchers.TryGetValue(request.Service, out var watchers))
                _watchers[request.Service] = watchers = [];
            watchers.Add(news);
        }

        // A server that stops does not wait for its watchers.
        using var stop = Stopping(context).UnsafeRegister(static writer => ((ChannelWriter<ServingStatus>)writer!).TryComplete(), news.Writer);
        try
        {
            await foreach (var status in news.Reader.ReadAllAsync(context.CancellationToken))
                await responseStream.WriteAsync(new HealthCheckResponse { Status = status });
        }
        finally
        {
            Forget(request.Service, news);
        }
    }

    private static CancellationToken Stopping(ServerCallContext context) =>
        context.GetHttpContext().RequestServices.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? default;

    private ServingStatus Get(string service) => _statuses.GetValueOrDefault(service, ServingStatus.ServiceUnknown);

    private void Tell(string service, ServingStatus status)
    {
        if (_watchers.TryGetValue(service, out var watchers))
            foreach (var watcher in watchers)
                watcher.Writer.TryWrite(status);
    }

    private void Forget(string service, Channel<ServingStatus> news)
    {
        lock (_gate)
        {
            var watchers = _watchers[service];
            watchers.Remove(news);
            if (watchers.Count == 0)
                _watchers.Remove(service);
        }
    }
}
