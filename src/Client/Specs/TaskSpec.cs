using Scheduler.Client.Files;
using Scheduler.Client.Json;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Specs;

/// <summary>A task in the user-facing format; <c>docs/specs.md</c> lists the keys.</summary>
internal sealed class TaskSpec : WorkSpec
{
    private static readonly string[] DiegoKeys = ["task_guid", "rootfs", "action"];

    private const string KindText = "a task";

    /// <summary>A file in the container whose content becomes the result.</summary>
    public string ResultFile { get; set; } = "";

    public string CallbackUrl { get; set; } = "";

    /// <summary>After a command that succeeded.</summary>
    public List<UploadSpec> Uploads { get; set; } = [];

    protected override string Kind => KindText;

    public static bool IsDiego(SpecFile file) => file.Root.Children.Keys.Any(key => DiegoKeys.Contains(key.ToString()));

    public static OneOffTask ReadDiego(SpecFile file) => DiegoJsonReader.Read<OneOffTask>(file, file.Root);

    /// <exception cref="DomainException">A key is unknown or a value breaks a rule; the message names key and line.</exception>
    public static TaskSpec Read(SpecFile file)
    {
        var map = new SpecMap(file, file.Root, KindText);
        var spec = new TaskSpec();
        spec.ReadCommon(map, TaskKind);
        spec.ResultFile = map.Text("result_file") ?? spec.ResultFile;
        spec.CallbackUrl = map.Text("callback_url") ?? spec.CallbackUrl;
        spec.Uploads = UploadSpec.ReadAll(map, "uploads");
        map.End();
        return spec;
    }

    /// <summary>The task as in Diego's JSON: guid, domain and definition; the server sets the other fields.</summary>
    /// <exception cref="DomainException">A value that a task requires is missing.</exception>
    public OneOffTask ToMessage(string fallbackName)
    {
        var name = Name ?? fallbackName;
        var definition = new TaskDefinition
        {
            RootFs = RootFs(),
            ImageUsername = ImageUsername,
            ImagePassword = ImagePassword,
            ImagePullPolicy = PullPolicy,
            Action = InOrder([.. DownloadActions(), Action(), .. UploadActions()]),
            MemoryMb = MemoryMb,
            DiskMb = DiskMb,
            MaxPids = MaxPids,
            CpuWeight = CpuWeight,
            Privileged = Privileged,
            Capabilities = { CapabilityNames() },
            StopSignal = StopSignal,
            GracePeriodMs = (long)(GracePeriod?.TotalMilliseconds ?? 0),
            LogGuid = name,
            LogSource = "TASK",
            Annotation = Annotation,
            TrustedSystemCertificatesPath = SystemCertificates,
            ResultFile = ResultFile,
            CompletionCallbackUrl = CallbackUrl,
            EnvironmentVariables = { Variables() },
            PlacementTags = { PlacementTags },
            VolumeMounts = { VolumeMounts() },
        };
        foreach (var (key, value) in Tags(name))
            definition.MetricTags[key] = value;
        definition.CachedDependencies.AddRange(CachedDependencies.Select(dependency => dependency.ToDependency()));
        definition.VolumeMountedFiles.AddRange(MountedFiles());
        if (Network.Count > 0)
            definition.Network = new Network { Properties = { Network } };
        return new OneOffTask
        {
            TaskGuid = name,
            Domain = Domain,
            TaskDefinition = definition,
        };
    }

    private IEnumerable<LrpAction> UploadActions() =>
        Uploads.Select(upload => new LrpAction { UploadAction = upload.ToAction(TransferUser) });
}
