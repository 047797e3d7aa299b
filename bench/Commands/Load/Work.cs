using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Bench.Commands.Load;

/// <summary>LRPs like those of an ordinary app, with random sizes.</summary>
internal sealed class Work(ulong seed)
{
    public const string Domain = "bench";
    private const string RootFs = "oci:///bench";

    private static readonly int[] SizesMb = [32, 64, 128];
    private readonly Lock _lock = new();
    private readonly SeededRandom _random = new(seed);

    /// <summary>Memory and disk of the largest instance, in MB.</summary>
    public static int MostMb => SizesMb[^1];

    /// <summary>Memory and disk of the average instance, in MB.</summary>
    public static double AverageMb => SizesMb.Average();

    /// <summary>A task that ends at once.</summary>
    public DesireTaskRequest Task(string guid)
    {
        var size = Size();
        return new DesireTaskRequest
        {
            TaskGuid = guid,
            Domain = Domain,
            TaskDefinition = new TaskDefinition
            {
                RootFs = RootFs,
                MemoryMb = size,
                DiskMb = size,
                LogGuid = guid,
                LogSource = "TASK",
                Action = new LrpAction
                {
                    RunAction = new RunAction { Path = "true", User = "vcap" },
                },
            },
        };
    }

    public DesiredLRP Lrp(string guid, int instances)
    {
        var size = Size();
        return new DesiredLRP
        {
            ProcessGuid = guid,
            Domain = Domain,
            RootFs = RootFs,
            Instances = instances,
            MemoryMb = size,
            DiskMb = size,
            Ports = { 8080 },
            LogGuid = guid,
            LogSource = "APP",
            EnvironmentVariables =
            {
                new EnvironmentVariable { Name = "PORT", Value = "8080" },
            },
            MetricTags = { ["source_id"] = new MetricTagValue { Static = guid } },
            Action = new LrpAction
            {
                RunAction = new RunAction
                {
                    Path = "/bin/server",
                    Args = { "--port", "8080" },
                    User = "vcap",
                },
            },
        };
    }

    private int Size()
    {
        lock (_lock)
            return _random.Pick(SizesMb);
    }
}
