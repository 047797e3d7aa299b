using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Scheduler.Contracts.V1;
using Scheduler.Hosting;

namespace Scheduler.Tests.Integration.Cli;

/// <summary>A cell's service that returns what the test configured.</summary>
internal sealed class FakeRep : RepService.RepServiceBase, IAsyncDisposable
{
    private ComponentHost? _host;

    public string Url => _host!.Url;

    public int Evacuations { get; private set; }

    public FakeImages Images { get; } = new();

    /// <summary>Called with each evacuation request.</summary>
    public Func<Task> OnEvacuate { get; set; } = () => Task.CompletedTask;

    public static async Task<FakeRep> StartAsync()
    {
        var rep = new FakeRep();
        rep._host = ComponentHost.Build(
            new ComponentOptions
            {
                Name = "rep",
                Listen = "127.0.0.1:0",
                Insecure = true,
                LogLevel = LogLevel.Error,
            },
            services => services.AddSingleton(rep).AddSingleton(rep.Images),
            app =>
            {
                app.MapGrpcService<FakeRep>();
                app.MapGrpcService<FakeImages>();
            }
        );
        await rep._host.StartAsync(CancellationToken.None);
        return rep;
    }

    public override async Task<EvacuateResponse> Evacuate(EvacuateRequest request, ServerCallContext context)
    {
        Evacuations++;
        await OnEvacuate();
        return new EvacuateResponse();
    }

    public override async Task StreamLogs(StreamLogsRequest request, IServerStreamWriter<LogLine> responseStream, ServerCallContext context)
    {
        await responseStream.WriteAsync(
            new LogLine
            {
                Timestamp = 5,
                Source = "APP",
                Text = $"out of {request.ContainerGuid}, tail {request.TailLines}",
            }
        );
        await responseStream.WriteAsync(
            new LogLine
            {
                Timestamp = 6,
                Source = "APP",
                Stream = LogLine.Types.Stream.Stderr,
                Text = "err",
            }
        );
    }

    /// <summary>The ended containers that the cell keeps.</summary>
    public List<EndedContainer> Ended { get; } = [];

    public override async Task StreamEnded(
        StreamEndedRequest request,
        IServerStreamWriter<EndedContainer> responseStream,
        ServerCallContext context
    )
    {
        foreach (
            var ended in Ended.Where(ended =>
                ended.Guid == request.Guid && (!request.HasIndex || (!ended.IsTask && ended.Index == request.Index))
            )
        )
            await responseStream.WriteAsync(ended);
    }

    public async ValueTask DisposeAsync()
    {
        await _host!.StopAsync(CancellationToken.None);
        await _host.DisposeAsync();
    }
}
