using System.Net;
using Scheduler.Models;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Networking.Cni;
using Scheduler.Rep.Runtime;
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
    public void Understands_what_plugins_answer()
    {
        Assert.Equal(
            new ContainerLink("10.1.2.3", "veth1", "02:00:00:00:00:03", "02:00:00:00:00:01"),
            CniConfig.ReadResult(
                """
                {"interfaces":[{"name":"sch","mac":"02:00:00:00:00:01"},{"name":"veth1","mac":"02:00:00:00:00:02"},{"name":"eth0","mac":"02:00:00:00:00:03","sandbox":"/run/netns/a"}],
                 "ips":[{"address":"10.1.2.3/24","gateway":"10.1.2.1","interface":2}]}
                """
            )
        );
        Assert.Throws<ContainerRuntimeException>(() => CniConfig.ReadResult("""{"interfaces":[],"ips":[{"address":"10.1.2.3/24"}]}"""));
        Assert.Throws<ContainerRuntimeException>(() => CniConfig.ReadResult("{}"));
        Assert.Equal(
            "no addresses (code 11): range full",
            CniConfig.ReadError("""{"code":11,"msg":"no addresses","details":"range full"}""", "")
        );
        Assert.Equal("not JSON and more", CniConfig.ReadError("not JSON", "and more"));
    }

    [Fact]
    public void Leaves_out_name_servers_that_a_container_cannot_reach()
    {
        const string stub = "# comment\nnameserver 127.0.0.53\noptions edns0\nsearch example.org\n";
        Assert.Equal("nameserver 9.9.9.9\n", EtcFiles.ResolvConf(["9.9.9.9"], [stub]));
        Assert.Equal("nameserver 192.0.2.1\nsearch lan\n", EtcFiles.ResolvConf([], [stub, "nameserver 192.0.2.1\nsearch lan\n"]));
        Assert.Equal("", EtcFiles.ResolvConf([], [stub]));
    }
}
