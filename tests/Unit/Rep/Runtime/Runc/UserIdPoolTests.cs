using Scheduler.Models;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Tests.Unit.Rep.Runtime.Runc;

public sealed class UserIdPoolTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("user-ids-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Gives_each_container_users_of_its_own_across_the_cells_of_a_machine()
    {
        var (one, two) = (Pool("1000000:200000"), Pool("1000000:200000"));

        UserIds[] taken = [one.Take(_directory), two.Take(Owner("b")), one.Take(Owner("c"))];

        Assert.Equal([1_000_000u, 1_065_536u, 1_131_072u], taken.Select(ids => ids.First).Order());
        Assert.Equal(ErrorKind.InsufficientResources, Assert.Throws<DomainException>(() => two.Take(Owner("d"))).Kind);

        one.Release(taken[0], _directory);
        Assert.Equal(taken[0], two.Take(Owner("d")));
    }

    [Fact]
    public void Takes_back_the_users_of_a_container_that_is_gone()
    {
        var pool = Pool("1000000:65536");
        var owner = Owner("gone");
        var ids = pool.Take(owner);
        Directory.Delete(owner);

        Assert.Equal(ids, pool.Take(Owner("next")));
    }

    [Theory]
    [InlineData("1000000")]
    [InlineData("1000000:")]
    [InlineData("0:65536")]
    [InlineData("1000000:65535")]
    [InlineData("-1:65536")]
    [InlineData("4294900000:70000")]
    public void Refuses_what_is_no_range(string range) =>
        Assert.Equal(ErrorKind.InvalidRequest, Assert.Throws<DomainException>(() => UserIdPool.Parse(range)).Kind);

    [Fact]
    public void Maps_numbers_that_no_container_can_have_to_nobody() => Assert.Equal(1_065_535u, new UserIds(1_000_000).OnHost(70_000));

    private UserIdPool Pool(string range) => new(range, LeaseDirectory.OfMachine(Path.Combine(_directory, "leases"), "users"));

    private string Owner(string name) => Directory.CreateDirectory(Path.Combine(_directory, name)).FullName;
}
