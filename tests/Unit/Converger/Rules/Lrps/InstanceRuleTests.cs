using Scheduler.Converger.Rules.Terms;

namespace Scheduler.Tests.Unit.Converger.Rules.Lrps;

public sealed class InstanceRuleTests
{
    private static readonly TimeSpan HalfMinute = TimeSpan.FromSeconds(30);

    [Fact]
    public void Creates_what_is_desired_and_missing() =>
        Assert.Equal(
            [new("web", 0), new("web", 2)],
            new Cluster()
                .Cell("a")
                .Desire(View.Desired("web", 3))
                .With(View.Running("web", 1, "a"))
                .Decide()
                .Cast<ConvergenceCommand.Create>()
                .Select(command => command.Key)
        );

    [Fact]
    public void Sees_a_wrong_set_of_indices_behind_a_right_count()
    {
        var commands = new Cluster()
            .Cell("a")
            .Fresh()
            .Desire(View.Desired("web", 2))
            .With(View.Running("web", 0, "a"), View.Running("web", 2, "a"))
            .Decide();
        Assert.Contains(commands, command => command is ConvergenceCommand.Create { Key.Index: 1 });
        Assert.Contains(commands, command => command is ConvergenceCommand.Retire { Key.Index: 2 });
        Assert.Equal(2, commands.Count);
    }

    [Fact]
    public void Retires_an_extra_instance_when_the_domain_is_fresh()
    {
        var cluster = new Cluster().Cell("a").Desire(View.Desired("web", 1)).With(View.Running("web", 0, "a"), View.Running("web", 1, "a"));
        cluster.DecidesNothing();
        Assert.Equal(1, cluster.Fresh().DecidesOnly<ConvergenceCommand.Retire>().Key.Index);
    }

    [Fact]
    public void Retires_an_orphan_when_the_domain_is_fresh()
    {
        var cluster = new Cluster().Cell("a").With(View.Running("gone", 0, "a"));
        cluster.DecidesNothing();
        cluster.Fresh().DecidesOnly<ConvergenceCommand.Retire>();
    }

    [Fact]
    public void A_domain_whose_time_has_run_out_is_not_fresh()
    {
        var cluster = new Cluster().Cell("a").With(View.Running("gone", 0, "a"));
        cluster.Domains[View.Domain] = cluster.Now;
        cluster.DecidesNothing();
    }

    [Fact]
    public void Auctions_an_unclaimed_instance_again_after_half_a_minute()
    {
        var cluster = new Cluster().Desire(View.Desired("web", 1)).With(View.Unclaimed("web", 0)).After(HalfMinute - TimeSpan.FromTicks(1));
        cluster.DecidesNothing();
        cluster.After(TimeSpan.FromTicks(1)).DecidesOnly<ConvergenceCommand.Reauction>();
    }

    [Theory]
    [InlineData(3, 30)]
    [InlineData(4, 60)]
    [InlineData(7, 480)]
    [InlineData(8, 960)]
    [InlineData(199, 960)]
    public void Starts_a_crashed_instance_again_when_its_back_off_has_passed(int crashes, int seconds)
    {
        var cluster = new Cluster()
            .Desire(View.Desired("web", 1))
            .With(View.Crashed("web", 0, crashes))
            .After(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1));
        cluster.DecidesNothing();
        cluster.After(TimeSpan.FromTicks(1)).DecidesOnly<ConvergenceCommand.Unclaim>();
    }

    [Fact]
    public void Leaves_an_instance_alone_that_crashed_200_times() =>
        new Cluster().Desire(View.Desired("web", 1)).With(View.Crashed("web", 0, 200)).After(TimeSpan.FromDays(30)).DecidesNothing();

    [Fact]
    public void Does_not_start_what_is_beyond_the_desired_count() =>
        new Cluster()
            .Cell("a", CellStanding.Lost)
            .Desire(View.Desired("web", 0))
            .With(View.Unclaimed("web", 0), View.Crashed("web", 1, 3), View.Running("web", 2, "a"))
            .After(TimeSpan.FromHours(1))
            .DecidesNothing();

    [Fact]
    public void Never_takes_a_claim_away_by_age() =>
        new Cluster()
            .Cell("a")
            .Desire(View.Desired("web", 1))
            .With(View.Claimed("web", 0, "a"))
            .After(TimeSpan.FromDays(1))
            .DecidesNothing();

    [Fact]
    public void Tells_the_rep_when_internal_routes_differ()
    {
        var cluster = new Cluster()
            .Cell("a")
            .Desire(View.Desired("web", 1) with { InternalRoutes = Fingerprint.OfSet(["b.internal", "a.internal"]) })
            .With(View.Running("web", 0, "a") with { InternalRoutes = Fingerprint.OfSet(["a.internal"]) });
        cluster.DecidesOnly<ConvergenceCommand.UpdateInstance>();
        cluster
            .With(View.Running("web", 0, "a") with { InternalRoutes = Fingerprint.OfSet(["a.internal", "b.internal"]) })
            .DecidesNothing();
    }

    [Fact]
    public void Concludes_nothing_from_internal_routes_that_cannot_be_read() =>
        new Cluster()
            .Cell("a")
            .Desire(View.Desired("web", 1) with { InternalRoutes = null })
            .With(View.Running("web", 0, "a"))
            .DecidesNothing();

    [Fact]
    public void Tells_the_rep_when_metric_tags_differ()
    {
        var tags = new DesiredTags(Fingerprint.OfPairs([new("source_id", "web")]), ["instance_id"], ["guid"]);
        var row = View.Running("web", 3, "a");
        var cluster = new Cluster().Cell("a").Desire(View.Desired("web", 4) with { MetricTags = tags });
        cluster.With(View.Running("web", 0, "a"), View.Running("web", 1, "a"), View.Running("web", 2, "a"));
        Assert.Equal(3, cluster.Decide().OfType<ConvergenceCommand.UpdateInstance>().Count());

        cluster.Rows.Clear();
        var reported = Fingerprint.OfPairs([new("instance_id", "3"), new("source_id", "web"), new("guid", row.Instance.InstanceGuid)]);
        Assert.DoesNotContain(
            cluster.With(row with { MetricTags = reported }).Decide(),
            command => command is ConvergenceCommand.UpdateInstance
        );
    }
}
