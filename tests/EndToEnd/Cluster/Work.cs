using Google.Protobuf;
using Scheduler.Contracts.V1;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>The LRPs of the tests.</summary>
internal static class Work
{
    public const string Domain = "end-to-end";
    private const int Port = 8080;

    /// <summary>Runs until stopped.</summary>
    public static DesiredLRP Sleeper(TestCluster cluster, string guid, int instances) =>
        new()
        {
            ProcessGuid = guid,
            Domain = Domain,
            RootFs = cluster.RootFs,
            Instances = instances,
            MemoryMb = 16,
            DiskMb = 16,
            LogGuid = guid,
            MetricTags = { ["source_id"] = new MetricTagValue { Static = guid } },
            Action = new LrpAction
            {
                RunAction = new RunAction
                {
                    Path = "/bin/sh",
                    Args = { "-c", "trap 'exit 0' TERM; while :; do sleep 1000 & wait $!; done" },
                    User = "vcap",
                },
            },
        };

    /// <summary>Serves HTTP on a port, with a route: / returns the process's name, /instance the instance's.</summary>
    public static DesiredLRP Site(TestCluster cluster, string guid, int instances, string hostname)
    {
        var lrp = Sleeper(cluster, guid, instances);
        lrp.Ports.Add(Port);
        lrp.Routes = new ProtoRoutes();
        lrp.Routes.Routes["cf-router"] = ByteString.CopyFromUtf8($$"""[{"hostnames":["{{hostname}}"],"port":{{Port}}}]""");
        lrp.Action.RunAction.Args[1] =
            $"mkdir -p /tmp/www && echo {guid} > /tmp/www/index.html && echo $INSTANCE_GUID > /tmp/www/instance && exec httpd -f -p {Port} -h /tmp/www";
        lrp.CheckDefinition = new CheckDefinition
        {
            Checks =
            {
                new Check
                {
                    HttpCheck = new HTTPCheck
                    {
                        Port = Port,
                        Path = "/",
                        RequestTimeoutMs = (ulong)Wait.Patience.TotalMilliseconds,
                    },
                },
            },
        };
        return lrp;
    }

    /// <summary>For tests of the store alone: no cell has the required tag.</summary>
    public static DesiredLRP Unplaceable(TestCluster cluster, string guid)
    {
        var lrp = Sleeper(cluster, guid, 1);
        lrp.PlacementTags.Add("nowhere");
        return lrp;
    }
}
