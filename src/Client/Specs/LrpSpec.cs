using Scheduler.Client.Files;
using Scheduler.Client.Json;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using YamlDotNet.RepresentationModel;

namespace Scheduler.Client.Specs;

/// <summary>A long-running process in the user-facing format; <c>docs/specs.md</c> lists the keys.</summary>
internal sealed class LrpSpec : WorkSpec
{
    // Keys that exist only in Diego's format: a file with one of them is read in that format.
    private static readonly string[] DiegoKeys = ["process_guid", "rootfs", "action"];

    private const string KindText = "an LRP";

    public int Instances { get; set; } = 1;

    /// <summary>Whether the file says how many instances there are.</summary>
    public bool HasInstances { get; private set; }

    public List<uint> Ports { get; set; } = [];

    public List<RouteSpec> Routes { get; set; } = [];

    public List<CheckSpec> Checks { get; set; } = [];

    public List<CheckSpec> ReadinessChecks { get; set; } = [];

    public TimeSpan? StartTimeout { get; set; }

    protected override string Kind => KindText;

    public static bool IsDiego(SpecFile file) => file.Root.Children.Keys.Any(key => DiegoKeys.Contains(key.ToString()));

    public static DesiredLRP ReadDiego(SpecFile file) => DiegoJsonReader.Read<DesiredLRP>(file, file.Root);

    /// <exception cref="DomainException">A key is unknown or a value breaks a rule; the message names key and line.</exception>
    public static LrpSpec Read(SpecFile file)
    {
        var map = new SpecMap(file, file.Root, KindText);
        var spec = new LrpSpec();
        spec.ReadCommon(map, LrpKind);
        var instances = map.Number("instances", 0);
        (spec.Instances, spec.HasInstances) = (instances ?? spec.Instances, instances is not null);
        spec.Ports =
        [
            .. Items(map, "ports")
                .Select(node =>
                    Numbers.TryPort(file.Scalar(node, "ports")) ?? throw file.Wrong(node, "ports", $"must be {Numbers.PortRule}")
                ),
        ];
        spec.Routes = [.. Items(map, "routes").Select(node => RouteSpec.Read(file, node))];
        spec.Checks = CheckSpec.ReadAll(file, map.Take("check"), "check");
        spec.ReadinessChecks = CheckSpec.ReadAll(file, map.Take("readiness"), "readiness");
        spec.StartTimeout = map.Duration("start_timeout");
        map.End();
        return spec;
    }

    /// <exception cref="DomainException">A value that an LRP requires is missing.</exception>
    public DesiredLRP ToMessage()
    {
        var name = Name ?? throw DomainError.Invalid("name", "is required: ./scheduler lrp create NAME …").ToException();
        var lrp = new DesiredLRP
        {
            ProcessGuid = name,
            Domain = Domain,
            RootFs = RootFs(),
            ImageUsername = ImageUsername,
            ImagePassword = ImagePassword,
            ImagePullPolicy = PullPolicy,
            Instances = Instances,
            Action = Action(),
            MemoryMb = MemoryMb,
            DiskMb = DiskMb,
            MaxPids = MaxPids,
            CpuWeight = CpuWeight,
            Privileged = Privileged,
            Capabilities = { CapabilityNames() },
            StopSignal = StopSignal,
            GracePeriodMs = (long)(GracePeriod?.TotalMilliseconds ?? 0),
            LogGuid = name,
            LogSource = "APP",
            Annotation = Annotation,
            TrustedSystemCertificatesPath = SystemCertificates,
            StartTimeoutMs = (long)(StartTimeout?.TotalMilliseconds ?? 0),
            Ports = { Ports },
            EnvironmentVariables = { Variables() },
            PlacementTags = { PlacementTags },
            VolumeMounts = { VolumeMounts() },
        };
        foreach (var (key, value) in Tags(name))
            lrp.MetricTags[key] = value;
        if (Network.Count > 0)
            lrp.Network = new Network { Properties = { Network } };
        if (Checks.Count + ReadinessChecks.Count > 0)
        {
            lrp.CheckDefinition = new CheckDefinition { LogSource = "HEALTH" };
            lrp.CheckDefinition.Checks.AddRange(Checks.Select(check => check.ToMessage(Ports)));
            lrp.CheckDefinition.ReadinessChecks.AddRange(ReadinessChecks.Select(check => check.ToMessage(Ports)));
        }

        if (Downloads.Count > 0)
            lrp.Setup = InOrder(DownloadActions());
        lrp.CachedDependencies.AddRange(CachedDependencies.Select(dependency => dependency.ToDependency()));
        lrp.VolumeMountedFiles.AddRange(MountedFiles());
        if (Routes.Count > 0)
            lrp.Routes = RouteSpec.ToMessage(Routes, Ports);
        return lrp;
    }

    private static IEnumerable<YamlNode> Items(SpecMap map, string key) => map.Take(key) is { } node ? map.File.List(node, key) : [];
}
