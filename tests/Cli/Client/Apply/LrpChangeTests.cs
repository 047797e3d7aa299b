using Google.Protobuf;
using Scheduler.Client.Apply;
using Scheduler.Client.Files;
using Scheduler.Contracts.V1;
using Scheduler.Contracts.Work;

namespace Scheduler.Tests.Cli.Client.Apply;

public class LrpChangeTests
{
    private const string Web = """
        name: web
        image: busybox
        command: [/bin/httpd]
        instances: 2
        ports: [8080]
        routes: [a.example.com]
        """;

    [Fact]
    public void The_same_document_changes_nothing()
    {
        var change = Between(Web, Web);
        Assert.True(change.IsNone);
        Assert.Empty(change.Fields);
    }

    [Theory]
    [InlineData("instances: 3", "instances")]
    [InlineData("routes: [b.example.com]", "routes")]
    [InlineData("routes: []", "routes")]
    [InlineData("annotation: hello", "annotation")]
    [InlineData("metric_tags: {team: blue}", "metric tags")]
    [InlineData("image_username: me", "image credentials")]
    public void What_can_change_while_instances_run_is_updated(string line, string field)
    {
        var change = Between(Web, With(line));
        Assert.False(change.NeedsVersion);
        Assert.Equal([field], change.Fields);
        Assert.True(Between(Applied(Read(Web).Lrp, change.Update!), Read(With(line)).Lrp).IsNone);
    }

    [Theory]
    [InlineData("image: other")]
    [InlineData("memory: 256M")]
    [InlineData("env: {A: b}")]
    [InlineData("command: [/bin/other]")]
    [InlineData("ports: [8080, 9090]")]
    [InlineData("check: {http: /}")]
    [InlineData("stop_signal: SIGQUIT")]
    [InlineData("volumes: [\"data:/data\"]")]
    public void What_is_fixed_needs_a_new_version(string line)
    {
        var change = Between(Web, With(line));
        Assert.True(change.NeedsVersion);
        Assert.Null(change.Update);
    }

    [Fact]
    public void A_document_without_instances_leaves_their_number()
    {
        var wanted = Read(Web.Replace("instances: 2\n", "", StringComparison.Ordinal));
        Assert.False(wanted.HasInstances);
        Assert.True(LrpChange.Between(Read(Web).Lrp, wanted.Lrp, !wanted.HasInstances).IsNone);
    }

    [Fact]
    public void Groups_that_are_not_for_routers_stay()
    {
        var current = Read(Web).Lrp;
        current.Routes.Routes["other"] = ByteString.CopyFromUtf8("{}");
        current.Routes.Routes[RouteKeys.Versions] = ByteString.CopyFromUtf8("{}");
        Assert.True(Between(current, Read(Web).Lrp).IsNone);

        var moved = Between(current, Read(With("routes: [b.example.com]")).Lrp).Update!.Routes.Routes;
        Assert.Equal(["cf-router", "other", RouteKeys.Versions], moved.Keys.Order());
        Assert.Contains("b.example.com", moved["cf-router"].ToStringUtf8());

        // What lrp get prints can be applied, however old it is.
        var stale = Read(Web).Lrp;
        stale.Routes.Routes[RouteKeys.Versions] = ByteString.CopyFromUtf8("[]");
        Assert.Equal("{}", LrpChange.RoutesOf(current, stale).Routes[RouteKeys.Versions].ToStringUtf8());
    }

    [Theory]
    [InlineData("docker://registry.example/app:1", "", "docker://registry.example/app:2", "me")]
    [InlineData("docker://registry.example/app:1", "you", "docker://registry.example/app:2", "you")]
    [InlineData("docker://registry.example/app:1", "", "docker://other.example/app:1", "")]
    [InlineData("docker://registry.example/app:1", "", "preloaded:busybox", "")]
    public void Credentials_stay_with_their_registry(string image, string given, string next, string user)
    {
        var current = new DesiredLRP
        {
            RootFs = image,
            ImageUsername = "me",
            ImagePassword = "hush",
        };
        var wanted = new DesiredLRP { RootFs = next, ImageUsername = given };
        var complete = LrpChange.WithCredentials(current, wanted);
        Assert.Equal((user, user == "me" ? "hush" : ""), (complete.ImageUsername, complete.ImagePassword));
    }

    [Fact]
    public void The_older_name_of_a_tag_is_the_tag()
    {
        var current = Read(Web).Lrp;
#pragma warning disable CS0612 // What the server makes of it.
        current.MetricsGuid = "web";
        Assert.True(Between(current, Read(Web).Lrp).IsNone);
        var wanted = Read(Web).Lrp;
        wanted.MetricTags.Clear();
        wanted.MetricsGuid = "web";
#pragma warning restore CS0612
        Assert.True(Between(current, wanted).IsNone);
    }

    [Fact]
    public void A_diff_has_a_line_for_each_value_and_no_password()
    {
        var wanted = Read(With("memory: 256M\nimage_username: me\nimage_password: hush\nenv: {A: b}"));
        Assert.Equal(
            [
                "+ env[0].name: \"A\"",
                "+ env[0].value: \"b\"",
                "+ image_password: (secret)",
                "+ image_username: \"me\"",
                "- memory_mb: 128",
                "+ memory_mb: 256",
            ],
            LrpDiff.Lines(Read(Web).Lrp, wanted.Lrp, keepInstances: false)
        );
        Assert.Contains("+ rootfs: \"preloaded:busybox\"", LrpDiff.Lines(null, wanted.Lrp, keepInstances: false));
    }

    private static LrpChange Between(string current, string wanted) => Between(Read(current).Lrp, Read(wanted).Lrp);

    private static LrpChange Between(DesiredLRP current, DesiredLRP wanted) => LrpChange.Between(current, wanted, keepInstances: false);

    private static string With(string lines)
    {
        var keys = lines.Split('\n').Select(line => line.Split(':')[0]).ToHashSet();
        return string.Join('\n', Web.Split('\n').Where(line => !keys.Contains(line.Split(':')[0])).Append(lines));
    }

    private static WantedLrp Read(string text) => WantedLrp.Read(SpecFile.Parse("web.yaml", text));

    private static DesiredLRP Applied(DesiredLRP lrp, DesiredLRPUpdate update)
    {
        var after = lrp.Clone();
        if (update.HasInstances)
            after.Instances = update.Instances;
        if (update.Routes is not null)
            after.Routes = update.Routes;
        if (update.HasAnnotation)
            after.Annotation = update.Annotation;
        if (update.HasImageUsername)
            (after.ImageUsername, after.ImagePassword) = (update.ImageUsername, update.ImagePassword);
        if (update.MetricTags.Count > 0)
        {
            after.MetricTags.Clear();
            after.MetricTags.Add(update.MetricTags);
        }

        return after;
    }
}
