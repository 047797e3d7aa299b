using System.Net;
using Scheduler.Hosting.Settings;
using Scheduler.Models;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Tests.Unit.Rep.Networking;

public sealed class NetworkPartsTests
{
    [Fact]
    public void Cuts_a_pool_into_subnets_that_do_not_overlap()
    {
        var subnets = Subnets.Within(IPNetwork.Parse("10.254.0.0/22")).ToList();
        Assert.Equal(["10.254.0.0/24", "10.254.1.0/24", "10.254.2.0/24", "10.254.3.0/24"], subnets.Select(subnet => subnet.ToString()));
        Assert.False(Subnets.Overlap(subnets[0], subnets[1]));
        Assert.True(Subnets.Overlap(subnets[2], IPNetwork.Parse("10.254.0.0/16")));
    }

    [Theory]
    [InlineData("10.0.0.0")]
    [InlineData("10.0.0.0/31")]
    [InlineData("fd00::/64")]
    [InlineData("ten")]
    public void Refuses_what_is_no_subnet(string text) => Assert.Throws<DomainException>(() => Subnets.Parse(text, "network.subnet"));

    [Fact]
    public void Leaves_out_name_servers_that_a_container_cannot_reach()
    {
        const string stub = "# comment\nnameserver 127.0.0.53\noptions edns0\nsearch example.org\n";
        Assert.Equal("nameserver 9.9.9.9\n", Resolv(new(["9.9.9.9"], [], []), stub));
        Assert.Equal("nameserver 192.0.2.1\nsearch lan\n", Resolv(ResolverSettings.OfHost, stub, "nameserver 192.0.2.1\nsearch lan\n"));
        Assert.Equal("", Resolv(ResolverSettings.OfHost, stub));
        // Containers have no IPv6: such a server would only make every lookup wait.
        const string both = "nameserver ::1\n nameserver\t2001:db8::53\r\nnameserver 192.0.2.2\n";
        Assert.Equal("nameserver 192.0.2.2\n", Resolv(ResolverSettings.OfHost, both));
    }

    [Fact]
    public void Completes_what_the_operator_says_of_the_resolver_by_what_the_host_says()
    {
        const string host = "nameserver 192.0.2.1\nsearch lan\noptions ndots:5\nsortlist 192.0.2.0\n";
        Assert.Equal(
            "nameserver 192.0.2.1\noptions ndots:5\nsortlist 192.0.2.0\nsearch a.example b.example\n",
            Resolv(new([], ["a.example", "b.example"], []), host)
        );
        Assert.Equal(
            "nameserver 192.0.2.1\nsearch lan\nsortlist 192.0.2.0\noptions rotate timeout:1\n",
            Resolv(new([], [], ["rotate", "timeout:1"]), host)
        );
        Assert.Equal(
            "nameserver 198.51.100.1\nnameserver 198.51.100.2\nsearch x\noptions rotate\n",
            Resolv(new(["198.51.100.1", "198.51.100.2"], ["x"], ["rotate"]), host)
        );
    }

    public static TheoryData<string, Action<NetworkOptions>> ResolverMistakes =>
        new()
        {
            { "dns", options => options.DnsServers = ["127.0.0.53"] },
            { "dns", options => options.DnsServers = ["::1"] },
            { "dns", options => options.DnsServers = ["ns.example.com"] },
            { "dns", options => options.DnsServers = ["192.0.2.1\nnameserver 192.0.2.2"] },
            { "dns", options => options.DnsServers = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"] },
            { "dns-search", options => options.DnsSearch = ["lan\noptions"] },
            { "dns-search", options => options.DnsSearch = [""] },
            { "dns-option", options => options.DnsOptions = ["ndots 5"] },
            { "dns-option", options => options.DnsOptions = [.. Enumerable.Repeat("rotate", 17)] },
        };

    [Theory]
    [MemberData(nameof(ResolverMistakes))]
    public void Refuses_resolver_settings_that_would_break_the_file(string field, Action<NetworkOptions> mistake)
    {
        var options = new NetworkOptions();
        mistake(options);
        Assert.Equal(field, Assert.Single(OptionRules.Violations(options)).Field);
    }

    private static string Resolv(ResolverSettings wanted, params string[] host) => EtcFiles.ResolvConf(wanted, host);
}
