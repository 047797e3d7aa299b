using System.Text.Json.Nodes;

namespace Scheduler.Bench.Commands.RouterSpeed;

/// <summary>The router, bare YARP and haproxy under wrk, in turns, if the programs are there.</summary>
internal static class WrkComparison
{
    /// <summary>Adds figures to the result, or why there are none.</summary>
    public static async Task AddAsync(
        JsonObject result,
        RouterBenchPlan plan,
        BenchServer instance,
        BenchServer yarp,
        BenchServer router,
        CancellationToken cancellationToken
    )
    {
        if (!IsInstalled("wrk"))
        {
            result["wrk"] = "not measured: wrk is not installed (apt-get install wrk haproxy)";
            return;
        }

        await using var haproxy = IsInstalled("haproxy") ? await Haproxy.StartAsync(instance.Port, cancellationToken) : null;
        List<(string Name, int Port)> proxies = [("yarp", yarp.Port), ("router", router.Port)];
        if (haproxy is not null)
            proxies.Add(("haproxy", haproxy.Port));
        var load = new WrkLoad(plan.Connections, plan.Duration);
        var figures = proxies.ToDictionary(proxy => proxy.Name, _ => new List<double>());
        foreach (var (_, port) in proxies)
            await new WrkLoad(plan.Connections, TimeSpan.FromSeconds(1)).RunAsync(port, cancellationToken);
        for (var i = 0; i < plan.Rounds; i++)
        {
            foreach (var (name, port) in proxies)
                figures[name].Add(await load.RunAsync(port, cancellationToken));
        }

        var ours = RouterBench.Median(figures["router"]);
        foreach (var (name, _) in proxies)
            result[$"wrk_{name}_per_second"] = Math.Round(RouterBench.Median(figures[name]));
        foreach (var (name, _) in proxies.Where(proxy => proxy.Name != "router"))
            result[$"wrk_ratio_to_{name}"] = Math.Round(ours / RouterBench.Median(figures[name]), 3);
        if (haproxy is null)
            result["haproxy"] = "not measured: haproxy is not installed (apt-get install haproxy)";
    }

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));
}
