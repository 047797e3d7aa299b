using System.Diagnostics;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Channels;
using Scheduler.Tests.EndToEnd.Cluster;

namespace Scheduler.Tests.EndToEnd;

/// <summary>The metrics that an operator's Prometheus scrapes.</summary>
public sealed class MetricsTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("e2e-").FullName;
    private DevNode _node = null!;

    public async ValueTask InitializeAsync() => _node = await DevNode.StartAsync(_directory, "--simulated", "--plain");

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task The_first_scrape_after_a_thousand_requests_reports_a_thousand_requests()
    {
        using var channels = new ChannelFactory(null, new ChannelOptions());
        var domains = new DomainService.DomainServiceClient(channels.Invoker(_node.Url));
        for (var i = 0; i < 1000; i++)
            await domains.ListAsync(new ListDomainsRequest());
        Assert.Contains(
            await _node.MetricsAsync(),
            line =>
                line.StartsWith("RequestCount_total{", StringComparison.Ordinal)
                && line.Contains("DomainService/List\"")
                && line.EndsWith("} 1000", StringComparison.Ordinal)
        );
    }

    /// <summary>The linter's only objection is to the names, which are Diego's.</summary>
    [Fact]
    public async Task Promtool_finds_only_that_Diego_writes_names_in_capitals()
    {
        var metrics = await _node.MetricsAsync();
        var start = new ProcessStartInfo("promtool", ["check", "metrics"])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var promtool = Process.Start(start)!;
        await promtool.StandardInput.WriteAsync(string.Concat(metrics.Select(line => line + "\n")));
        promtool.StandardInput.Close();
        var complaints = (await promtool.StandardError.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await promtool.WaitForExitAsync();
        Assert.NotEmpty(complaints);
        Assert.All(complaints, complaint => Assert.EndsWith("metric names should be written in 'snake_case' not 'camelCase'", complaint));
    }
}
