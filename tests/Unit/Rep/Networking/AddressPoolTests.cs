using System.Net;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Runtime;

namespace Scheduler.Tests.Unit.Rep.Networking;

public sealed class AddressPoolTests : IDisposable
{
    private static readonly IPNetwork Subnet = IPNetwork.Parse("10.254.7.0/29");
    private readonly string _root = Directory.CreateTempSubdirectory("addresses-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Gives_each_owner_an_address_until_none_is_left()
    {
        var pool = Pool();
        Assert.Equal("10.254.7.1", pool.Gateway.ToString());
        var taken = Enumerable.Range(0, 5).Select(number => pool.Take(Owner(number)).ToString()).Order(StringComparer.Ordinal);
        Assert.Equal(["10.254.7.2", "10.254.7.3", "10.254.7.4", "10.254.7.5", "10.254.7.6"], taken);
        var full = Assert.Throws<ContainerRuntimeException>(() => pool.Take(Owner(5)));
        Assert.Equal("no address is left: the cell's containers use all 5 addresses of 10.254.7.0/29", full.Message);
    }

    [Fact]
    public void Gives_an_address_again_once_it_is_released_or_its_owner_is_gone()
    {
        var pool = Pool();
        var taken = Enumerable.Range(0, 5).Select(number => pool.Take(Owner(number))).ToList();
        pool.Release(Owner(1));
        pool.Release(Owner(1));
        Assert.Equal(taken[1], pool.Take(Owner(5)));
        Directory.Delete(Owner(2));
        Assert.Equal(taken[2], pool.Take(Owner(6)));
    }

    [Fact]
    public void Remembers_after_a_restart_what_is_taken()
    {
        var before = Pool();
        before.Keep("10.254.7.2", Owner(0));
        before.Keep("10.254.7.3", Owner(1));
        var after = Pool();
        after.Keep("10.254.7.5", Owner(2));
        Assert.DoesNotContain("10.254.7.5", Enumerable.Range(3, 2).Select(number => after.Take(Owner(number)).ToString()));
        Assert.ThrowsAny<ContainerRuntimeException>(() => after.Take(Owner(5)));
        after.Release(Owner(0));
        after.Take(Owner(5));
    }

    private AddressPool Pool() => new(Subnet, Path.Combine(_root, "addresses"));

    private string Owner(int number) => Directory.CreateDirectory(Path.Combine(_root, $"owner-{number}")).FullName;
}
