using Scheduler.Tests.EndToEnd.Cluster;
using Scheduler.Tests.TestKit.Containers;

namespace Scheduler.Tests.EndToEnd;

/// <summary>An application's images, from the builder over a registry with a password to containers on two cells.</summary>
public sealed class RegistryImageTests : IAsyncLifetime
{
    private const string Image = "team/app";

    private readonly string _home = $"/var/lib/scheduler/e2e-{Guid.NewGuid():N}";
    private RegistryServer _registry = null!;
    private DevNode _node = null!;
    private BuiltImage _built = null!;

    public async ValueTask InitializeAsync()
    {
        _built = new BuiltImage(Path.Combine(_home, "build"));
        var building = BuildAsync();
        _registry = await RegistryServer.StartNewAsync(withPassword: true);
        // A dead registry is given up after a second and a half.
        _node = await DevNode.StartAsync(_home, "--registry-retry", "50ms");
        await building;
    }

    /// <summary>One after the other: the later ones take their first layers from the first.</summary>
    private async Task BuildAsync()
    {
        await _built.BuildAsync("1");
        await _built.BuildAsync("2", ballast: 2 << 20);
        await _built.BuildAsync("3");
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _registry.DisposeAsync();
    }

    [Fact]
    public async Task An_image_is_built_pushed_pulled_served_updated_and_rolled_back()
    {
        await Task.WhenAll(_built.PushAsync(_registry, $"{Image}:1", "1"), _built.PushAsync(_registry, $"{Image}:2", "2"));
        await using var proxy = new CuttingProxy(_registry.Port, 1 << 20);

        // Four at once that cannot start, each with its own reason.
        await CreateAsync("denied", $"{_registry.Host}/{Image}:1", password: "wr0ng");
        await CreateAsync("missing", $"{_registry.Host}/{Image}:3");
        await CreateAsync("web-1", $"{_registry.Host}/{Image}:1", instances: 2);
        await SaysAsync($"registry {_registry.Host} refuses the credentials of robot for {Image}", "lrp", "get", "denied");
        await SaysAsync($"registry {_registry.Host} has no manifest 3 in {Image}", "lrp", "get", "missing");
        await ServesAsync("web-1", "1");
        Assert.Contains("version 1 starts as app in /srv/app", (await _node.RunAsync("logs", "web-1/0")).Output, StringComparison.Ordinal);

        await IsOnBothCellsAndStaysAsync($"{_registry.Host}/{Image}:1");

        // The registry dies in the middle of the new version's layer, and the old one serves on.
        proxy.OnCut = cuts =>
        {
            if (cuts == 1)
                _registry.Kill();
            return Task.CompletedTask;
        };
        await CreateAsync("web-2", $"{proxy.Host}/{Image}:2", instances: 2);
        await SaysAsync($"registry {proxy.Host} ", "lrp", "get", "web-2");
        await SaysAsync($"registry {proxy.Host} ", "events");
        await ServesAsync("web-1", "1");
        proxy.CutAfter = long.MaxValue;
        await _registry.StartAsync();
        Assert.Equal(0, (await _node.RunAsync("lrp", "restart", "web-2")).ExitCode); // without waiting for its back-off
        await ServesAsync("web-2", "2");

        // With the cause gone, the others start too: with the right password, and with the tag pushed.
        await DeleteAsync("denied", "web-1");
        await CreateAsync("denied", $"{_registry.Host}/{Image}:1");
        await _built.PushAsync(_registry, $"{Image}:3", "3");
        Assert.Equal(0, (await _node.RunAsync("lrp", "restart", "missing")).ExitCode);
        await ServesAsync("denied", "1");
        await ServesAsync("missing", "3");

        // Back to the old version, which needs no registry.
        _registry.Kill();
        await CreateAsync("web-1", $"{_registry.Host}/{Image}:1", instances: 2);
        await ServesAsync("web-1", "1");
        await DeleteAsync("web-1", "web-2", "denied", "missing");
        await Eventually.TrueAsync(
            async () =>
            {
                // The last containers may be on their way out.
                Assert.Equal(0, (await _node.RunAsync("image", "prune")).ExitCode);
                return (await _node.RunAsync("image", "ls", "--json")).Output.Length == 0;
            },
            "no image is left"
        );

        Assert.DoesNotContain("wr0ng", await File.ReadAllTextAsync(Path.Combine(_home, "dev.log")), StringComparison.Ordinal);
        Assert.Equal(0, await _node.StopAsync());
    }

    private async Task IsOnBothCellsAndStaysAsync(string image)
    {
        var lines = (await _node.RunAsync("image", "ls", "--json")).Output.TrimEnd().Split('\n');
        Assert.Equal(2, lines.Count(line => line.Contains($"\"image\":\"docker://{image}\"", StringComparison.Ordinal)));
        Assert.All(lines, line => Assert.Contains("\"private\":true,\"exposed_ports\":[\"8080/tcp\"]", line, StringComparison.Ordinal));
        var refused = await _node.RunAsync("image", "rm", image);
        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("is in use by 1 container, such as ", refused.Error, StringComparison.Ordinal);
    }

    private async Task CreateAsync(string name, string image, int instances = 1, string password = RegistryServer.Password)
    {
        var file = Path.Combine(_home, $"{name}.yaml");
        await File.WriteAllTextAsync(
            file,
            $"""
            name: {name}
            image: {image}
            image_username: {RegistryServer.User}
            image_password: {password}
            instances: {instances}
            ports: [8080]
            check: {"{"} http: / {"}"}
            """
        );
        var created = await _node.RunAsync("lrp", "create", "--file", file);
        Assert.True(created.ExitCode == 0, created.Error);
    }

    private async Task DeleteAsync(params string[] names)
    {
        foreach (var name in names)
            Assert.Equal(0, (await _node.RunAsync("lrp", "delete", name, "--wait")).ExitCode);
    }

    private Task<string> SaysAsync(string expected, params string[] args) =>
        Eventually.SaysAsync(expected, async () => (await _node.RunAsync(args)).Output);

    /// <summary>Every instance answers with the version.</summary>
    private async Task ServesAsync(string name, string version)
    {
        var get = "";
        await Eventually.TrueAsync(
            async () =>
            {
                get = (await _node.RunAsync("lrp", "get", name)).Output;
                var states = get.Split("INDEX")[^1].Split('\n').Skip(1).Where(line => line.Length > 0);
                return states.All(line => line.Contains("RUNNING", StringComparison.Ordinal));
            },
            $"{name} runs: {get}"
        );
        using var http = new HttpClient();
        foreach (var part in get.Split("127.0.0.1:").Where(part => part.Contains("->8080", StringComparison.Ordinal)))
            Assert.Equal($"{version}\n", await http.GetStringAsync($"http://127.0.0.1:{part.Split("->")[0]}/"));
    }
}
