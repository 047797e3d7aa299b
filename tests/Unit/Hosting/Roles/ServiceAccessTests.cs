using Scheduler.Contracts;
using Scheduler.Hosting.Roles;

namespace Scheduler.Tests.Unit.Hosting.Roles;

public sealed class ServiceAccessTests
{
    [Theory]
    [InlineData("/scheduler.v1.DesiredLRPService/Desire", PeerRoles.Client)]
    [InlineData("/scheduler.v1.DesiredLRPService/List", PeerRoles.Any)]
    [InlineData("/scheduler.v1.CellService/List", PeerRoles.Any)]
    [InlineData("/scheduler.v1.CellService/Lose", PeerRoles.Client)]
    [InlineData("/scheduler.v1.CellService/Keep", PeerRoles.Client)]
    [InlineData("/scheduler.v1.CellLRPService/Claim", PeerRoles.Rep)]
    [InlineData("/scheduler.v1.PlacementService/FailLRP", PeerRoles.Auctioneer)]
    [InlineData("/scheduler.v1.ConvergenceService/Apply", PeerRoles.Converger)]
    [InlineData("/scheduler.v1.AuctionService/RequestLRPAuctions", PeerRoles.Bbs)]
    [InlineData("/scheduler.v1.RepService/PerformWork", PeerRoles.Auctioneer)]
    [InlineData("/scheduler.v1.RepService/StopLRP", PeerRoles.Bbs)]
    [InlineData("/scheduler.v1.InstanceAccess/Exec", PeerRoles.Client)]
    [InlineData("/elsewhere.Service/Method", PeerRoles.None)]
    [InlineData("", PeerRoles.None)]
    public void Says_which_roles_a_method_is_for(string method, PeerRoles required) =>
        Assert.Equal(required, ServiceAccess.Required(method));

    [Fact]
    public void Every_service_of_the_contract_is_in_the_table()
    {
        var methods =
            from descriptor in RpcSafety.ContractFiles.SelectMany(file => file.Services)
            from method in descriptor.Methods
            select $"/{descriptor.FullName}/{method.Name}";

        Assert.All(methods, method => Assert.NotEqual(PeerRoles.None, ServiceAccess.Required(method)));
    }
}
