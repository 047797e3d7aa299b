using Google.Protobuf;
using Scheduler.Client.Rollouts;
using Scheduler.Contracts.V1;
using Scheduler.Contracts.Work;
using Scheduler.Models;

namespace Scheduler.Tests.Cli.Client.Rollouts;

public class AppVersionsTests
{
    private static readonly AppVersions Two = new(
        1,
        0,
        2,
        [new AppVersion(1, "web", 0, ""), new AppVersion(2, "web-v2", 5, "")],
        new Rollout(1, 2, 3, 4, 1, 0, false, RolloutPause.AfterFirst, "")
    );

    [Fact]
    public void What_is_written_is_read_and_routes_stay()
    {
        var routes = new ProtoRoutes { Routes = { ["cf-router"] = ByteString.CopyFromUtf8("[]") } };
        var lrp = new DesiredLRP { ProcessGuid = "web", Routes = Two.In(routes) };
        var read = AppVersions.Of(lrp)!;
        Assert.Equal(Two.Versions, read.Versions);
        Assert.Equal(Two with { Versions = read.Versions }, read);
        Assert.Equal("[]", lrp.Routes.Routes["cf-router"].ToStringUtf8());
        // People see it in lrp get --json, and other programs may read it.
        Assert.Equal(
            """
            {"current":1,"previous":0,"last":2,"versions":[
            {"number":1,"process_guid":"web","created_at":0,"failure":""},
            {"number":2,"process_guid":"web-v2","created_at":5,"failure":""}],
            "rollout":{"from":1,"to":2,"instances":3,"instances_before":4,
            "max_surge":1,"max_unavailable":0,"is_back":false,"pause":"AfterFirst","reason":""}}
            """.ReplaceLineEndings(""),
            lrp.Routes.Routes[RouteKeys.Versions].ToStringUtf8()
        );
        Assert.Null(VersionMark.Of(lrp));
    }

    [Fact]
    public void A_version_knows_its_app()
    {
        var lrp = new DesiredLRP { ProcessGuid = "web-v2", Routes = new VersionMark("web", 2).In(null) };
        Assert.Equal(new VersionMark("web", 2), VersionMark.Of(lrp));
        Assert.Null(AppVersions.Of(lrp));
        Assert.Null(VersionMark.Of(new DesiredLRP { ProcessGuid = "web" }));
        Assert.Null(AppVersions.Of(new DesiredLRP { ProcessGuid = "web" }));
    }

    [Fact]
    public void What_somebody_else_wrote_is_told()
    {
        var lrp = new DesiredLRP
        {
            ProcessGuid = "web",
            Routes = new ProtoRoutes { Routes = { [RouteKeys.Versions] = ByteString.CopyFromUtf8("{") } },
        };
        Assert.StartsWith("the versions of web cannot be read: ", Assert.Throws<DomainException>(() => AppVersions.Of(lrp)).Message);
        // Other apps are still listed.
        Assert.Equal(["web"], ListedApp.Of([lrp]).Select(app => app.Name));
    }

    [Fact]
    public void Old_versions_are_dropped_but_not_those_in_need()
    {
        var versions = new AppVersions(
            12,
            3,
            12,
            [.. Enumerable.Range(1, 12).Select(number => new AppVersion(number, $"web-v{number}", 0, ""))],
            null
        );
        var (kept, dropped) = versions.Pruned(4);
        Assert.Equal([2, 4, 5, 6, 7, 8, 9, 10], dropped.Select(version => version.Number));
        Assert.Equal([1, 3, 11, 12], kept.Versions.Select(version => version.Number));
        Assert.Empty(kept.Pruned(4).Dropped);
    }

    [Fact]
    public void Versions_of_an_app_are_listed_as_one()
    {
        var web = new DesiredLRP { ProcessGuid = "web", Routes = (Two with { Current = 2, Previous = 1, Rollout = null }).In(null) };
        var second = new DesiredLRP
        {
            ProcessGuid = "web-v2",
            Instances = 3,
            Routes = new VersionMark("web", 2).In(null),
        };
        var orphan = new DesiredLRP { ProcessGuid = "gone-v4", Routes = new VersionMark("gone", 4).In(null) };
        var other = new DesiredLRP { ProcessGuid = "web-v3" };
        DesiredLRP[] all = [orphan, web, second, other];
        Assert.Equal(
            [("gone-v4", "gone-v4"), ("web", "web-v2"), ("web-v3", "web-v3")],
            ListedApp.Of(all).Select(app => (app.Name, app.Current.ProcessGuid))
        );
        Assert.Equal(["gone-v4", "web-v2", "web-v3"], ListedApp.InUse(all).Select(lrp => lrp.ProcessGuid));

        web.Routes = Two.In(null);
        Assert.Equal(["gone-v4", "web", "web-v2", "web-v3"], ListedApp.InUse(all).Select(lrp => lrp.ProcessGuid));
        Assert.Equal(3, ListedApp.Of(all)[1].Instances);
    }

    [Theory]
    [InlineData("1", "0", 10, 1, 0)]
    [InlineData("25%", "25%", 10, 3, 2)]
    [InlineData("25%", "0", 1, 1, 0)]
    [InlineData("0", "25%", 3, 0, 1)]
    [InlineData("100%", "100%", 3, 3, 3)]
    [InlineData("1%", "0", 0, 0, 1)]
    public void Allowances_are_numbers_or_percentages(string surge, string unavailable, int instances, int more, int less) =>
        Assert.Equal((more, less), Allowance.Resolve(Allowance.TryParse(surge)!.Value, Allowance.TryParse(unavailable)!.Value, instances));

    [Theory]
    [InlineData("")]
    [InlineData("%")]
    [InlineData("-1")]
    [InlineData("101%")]
    [InlineData("1.5")]
    [InlineData("many")]
    public void Others_are_none(string text) => Assert.Null(Allowance.TryParse(text));
}
