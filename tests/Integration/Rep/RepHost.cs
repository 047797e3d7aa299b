using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Scheduler.Hosting;
using Scheduler.Hosting.Ops;
using Scheduler.Rep;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Simulated;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Rep;

/// <summary>Starts cells with a real listener and simulated containers.</summary>
internal static class RepHost
{
    /// <summary>Returns once the cell is ready.</summary>
    /// <param name="add">Replaces services of the cell.</param>
    public static async Task<ComponentHost> StartAsync(
        RepOptions options,
        SimulatedRuntime runtime,
        string bbsUrl,
        Action<IServiceCollection>? add = null
    )
    {
        var host = ComponentHost.Build(
            new ComponentOptions
            {
                Name = "rep",
                Listen = "127.0.0.1:0",
                Insecure = true,
                LogLevel = LogLevel.Error,
            },
            services =>
            {
                services.AddSingleton<IContainerRuntime>(runtime);
                services.AddRep(options, [bbsUrl]);
                add?.Invoke(services);
            },
            app => app.MapRep()
        );
        await host.StartAsync(default);
        await Wait.UntilAsync(() => host.Services.GetRequiredService<Readiness>().IsReady);
        return host;
    }
}
