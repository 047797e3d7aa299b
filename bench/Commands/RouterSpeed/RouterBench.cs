using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Scheduler.Messaging;

namespace Scheduler.Bench.Commands.RouterSpeed;

/// <param name="Duration">Of each measurement.</param>
/// <param name="Rounds">How often each proxy is measured.</param>
/// <param name="Routes">In the measurement under changes.</param>
/// <param name="Changes">Registrations and withdrawals per second in it.</param>
internal sealed record RouterBenchPlan(TimeSpan Duration, int Rounds, int Connections, int Routes, int Changes);

/// <summary>
/// The router beside bare YARP with one route, in turns, in front of the same instance and under the same clients. Everything runs in one
/// process, so that only the ratio means something. The same under wrk, beside haproxy. Then the router with many routes that change.
/// </summary>
internal static class RouterBench
{
    public static async Task<int> RunAsync(RouterBenchPlan plan, bool json, TextWriter output, CancellationToken cancellationToken)
    {
        await using var instance = await BenchServers.InstanceAsync();
        await using var yarp = await BenchServers.YarpAsync(instance.Port);
        var broker = new LocalBroker();
        await using var router = await BenchServers.RouterAsync(broker);
        var emitter = broker.CreateClient();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var emitting = emitter.RunAsync(stop.Token);
        await ChangeAsync(emitter, "router.register", instance.Port, BenchServers.Host, cancellationToken);

        var load = new HttpLoad(plan.Connections, plan.Duration);
        await load.WarmUpAsync(yarp.Port, cancellationToken);
        await load.WarmUpAsync(router.Port, cancellationToken);
        List<double> ofYarp = [],
            ofRouter = [];
        for (var i = 0; i < plan.Rounds; i++)
        {
            ofYarp.Add((await load.RunAsync(yarp.Port, cancellationToken)).PerSecond);
            ofRouter.Add((await load.RunAsync(router.Port, cancellationToken)).PerSecond);
        }

        var underWrk = new JsonObject();
        await WrkComparison.AddAsync(underWrk, plan, instance, yarp, router, cancellationToken);

        for (var i = 0; i < plan.Routes; i++)
            await ChangeAsync(emitter, "router.register", 1 + (i % 60_000), $"app-{i}.localhost", cancellationToken);
        var calm = await load.RunAsync(router.Port, cancellationToken);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var changing = ChangeAllAsync(emitter, plan, done.Token);
        var busy = await load.RunAsync(router.Port, cancellationToken);
        await done.CancelAsync();
        var changes = await changing;

        await stop.CancelAsync();
        await emitting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var result = new JsonObject
        {
            ["yarp_per_second"] = Math.Round(Median(ofYarp)),
            ["router_per_second"] = Math.Round(Median(ofRouter)),
            ["ratio"] = Math.Round(Median(ofRouter) / Median(ofYarp), 3),
            ["routes"] = plan.Routes,
            ["many_routes_per_second"] = Math.Round(calm.PerSecond),
            ["many_routes_longest_ms"] = Math.Round(calm.Longest.TotalMilliseconds, 1),
            ["changes"] = changes,
            ["changing_per_second"] = Math.Round(busy.PerSecond),
            ["changing_longest_ms"] = Math.Round(busy.Longest.TotalMilliseconds, 1),
        };
        foreach (var (name, value) in underWrk)
            result[name] = value?.DeepClone();
        if (json)
            output.WriteLine(result.ToJsonString());
        else
        {
            foreach (var (name, value) in result)
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name.PadRight(24)} {value}"));
        }

        return 0;
    }

    private static async Task<int> ChangeAllAsync(IMessageBus emitter, RouterBenchPlan plan, CancellationToken cancellationToken)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / plan.Changes), TimeProvider.System);
        var changes = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            await pace.WaitForNextTickAsync(CancellationToken.None);
            var route = changes / 2 % plan.Routes;
            var subject = changes % 2 == 0 ? "router.unregister" : "router.register";
            await ChangeAsync(emitter, subject, 1 + (route % 60_000), $"app-{route}.localhost", CancellationToken.None);
            changes++;
        }

        return changes;
    }

    private static async Task ChangeAsync(IMessageBus emitter, string subject, int port, string uri, CancellationToken cancellationToken)
    {
        var message = new JsonObject
        {
            ["host"] = "127.0.0.1",
            ["port"] = port,
            ["uris"] = new JsonArray(uri),
            ["app"] = "app",
            ["private_instance_id"] = "instance",
            ["private_instance_index"] = "0",
        };
        await emitter.PublishAsync(subject, null, JsonSerializer.SerializeToUtf8Bytes(message), cancellationToken);
    }

    internal static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
