namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>
/// A network of hosts on this machine: a bridge in the machine's own namespace, where the control plane runs, and a namespace per cell,
/// connected by a cable that can be pulled. All names contain one random number, and removal goes by these names.
/// </summary>
internal sealed class TestNetwork : IAsyncDisposable
{
    private readonly string _id = Random.Shared.Next(0x10000).ToString("x4");
    private readonly List<string> _cells = [];
    private FileStream _claim = null!;
    private int _subnet;

    /// <summary>The address on which the control plane listens.</summary>
    public string Gateway => $"10.253.{_subnet}.1";

    private string Bridge => $"e2e{_id}";

    public static async Task<TestNetwork> CreateAsync()
    {
        var network = new TestNetwork();
        while (!await network.TryClaimAsync(Random.Shared.Next(1, 250))) { }

        await Shell.RunAsync("ip", "link", "add", network.Bridge, "type", "bridge");
        await Shell.RunAsync("ip", "address", "add", $"{network.Gateway}/24", "dev", network.Bridge);
        await Shell.RunAsync("ip", "link", "set", network.Bridge, "up");
        return network;
    }

    /// <summary>Adds a host.</summary>
    public async Task<CellHost> AddCellAsync()
    {
        var number = _cells.Count;
        var (name, cable, address) = ($"e2e{_id}c{number}", $"v{_id}c{number}", $"10.253.{_subnet}.{number + 10}");
        _cells.Add(name);
        await Shell.RunAsync("ip", "netns", "add", name);
        await Shell.RunAsync("ip", "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", name);
        await Shell.RunAsync("ip", "link", "set", cable, "master", Bridge, "up");
        await Shell.RunAsync("ip", "-n", name, "link", "set", "lo", "up");
        await Shell.RunAsync("ip", "-n", name, "address", "add", $"{address}/24", "dev", "eth0");
        await Shell.RunAsync("ip", "-n", name, "link", "set", "eth0", "up");
        await Shell.RunAsync("ip", "-n", name, "route", "add", "default", "via", Gateway);
        return new CellHost(name, address, cable);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var cell in _cells)
            await Shell.TryAsync("ip", "netns", "delete", cell);
        await Shell.TryAsync("ip", "link", "delete", Bridge);
        await _claim.DisposeAsync();
    }

    /// <summary>Claims a subnet for the lifetime of the network: tests that run in parallel choose at random as well.</summary>
    private async Task<bool> TryClaimAsync(int subnet)
    {
        try
        {
            _claim = new FileStream(
                Path.Combine(Path.GetTempPath(), $"e2e-subnet-{subnet}"),
                FileMode.OpenOrCreate,
                FileAccess.Write,
                FileShare.None,
                1,
                FileOptions.DeleteOnClose
            );
        }
        catch (IOException)
        {
            return false;
        }

        _subnet = subnet;
        if ((await Shell.RunAsync("ip", "-4", "route", "show", "root", $"10.253.{subnet}.0/24")).Length == 0)
            return true;
        await _claim.DisposeAsync();
        return false;
    }

    /// <summary>What remains of the network, as text for people.</summary>
    public async Task<IReadOnlyList<string>> LeftoversAsync()
    {
        var links = await Shell.RunAsync("ip", "-oneline", "link");
        var namespaces = await Shell.RunAsync("ip", "netns", "list");
        return
        [
            .. links
                .Split('\n')
                .Concat(namespaces.Split('\n'))
                .Where(line =>
                    line.Contains($"e2e{_id}", StringComparison.Ordinal) || line.Contains($" v{_id}c", StringComparison.Ordinal)
                ),
        ];
    }
}

/// <summary>One host of the network.</summary>
internal sealed record CellHost(string Namespace, string Address, string Cable)
{
    /// <summary>Drops all traffic in both directions without notice.</summary>
    public Task CutAsync() => Shell.RunAsync("ip", "link", "set", Cable, "down");

    public Task HealAsync() => Shell.RunAsync("ip", "link", "set", Cable, "up");

    /// <summary>Interfaces and packet filter rules on the host that a cell created and did not remove.</summary>
    public async Task<IReadOnlyList<string>> LeftoversAsync()
    {
        var links = await Shell.RunAsync("ip", "-n", Namespace, "-oneline", "link");
        var rules = await Shell.RunAsync(
            "nsenter",
            $"--net=/run/netns/{Namespace}",
            "--",
            "sh",
            "-c",
            "iptables -t nat -S; iptables -t filter -S; nft list tables | grep -v -w -e nat -e filter || true"
        );
        return
        [
            // ip also prints an error about a peer whose namespace is just being removed; that is not an interface.
            .. links
                .Split('\n')
                .Where(line =>
                    line is [>= '0' and <= '9', ..]
                    && !line.Contains(": lo:", StringComparison.Ordinal)
                    && !line.Contains(": eth0", StringComparison.Ordinal)
                ),
            .. rules
                .Split('\n')
                .Where(line =>
                    line.StartsWith("-A", StringComparison.Ordinal)
                    || line.StartsWith("-N", StringComparison.Ordinal)
                    || line.StartsWith("table", StringComparison.Ordinal)
                ),
        ];
    }
}
