using Scheduler.Client.Files;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Specs;

/// <summary>
/// The common part of LRPs and tasks in the user-facing format. Files and flags fill the same spec; flags take precedence.
/// </summary>
internal abstract class WorkSpec
{
    /// <summary>The optional key that says whether a file describes an LRP or a task.</summary>
    public const string KindKey = "kind";

    public const string LrpKind = "lrp";

    public const string TaskKind = "task";

    public string? Name { get; set; }

    public string Domain { get; set; } = "default";

    /// <summary>
    /// <c>preloaded:NAME</c>, <c>oci:///path</c>, <c>docker://NAME</c>; a bare word is a preloaded one, a path an image on disk,
    /// a name with a tag, digest or slash one of a registry.
    /// </summary>
    public string? Image { get; set; }

    /// <summary>For the image's registry; empty: the cell's own credentials, if it has any.</summary>
    public string ImageUsername { get; set; } = "";

    public string ImagePassword { get; set; } = "";

    /// <summary><c>missing</c>, <c>always</c> or <c>never</c>; empty: the cell's.</summary>
    public string PullPolicy { get; set; } = "";

    public IReadOnlyList<string> Command { get; set; } = [];

    /// <summary>Null: the image's.</summary>
    public string? User { get; set; }

    public string Directory { get; set; } = "";

    /// <summary>Empty: the image's, else SIGTERM.</summary>
    public string StopSignal { get; set; } = "";

    /// <summary>Null: the cell's.</summary>
    public TimeSpan? GracePeriod { get; set; }

    public int MemoryMb { get; set; } = 128;

    public int DiskMb { get; set; } = 256;

    public int MaxPids { get; set; }

    public uint CpuWeight { get; set; }

    public bool Privileged { get; set; }

    /// <summary>In addition to those that root has in every container; the prefix <c>CAP_</c> is optional.</summary>
    public List<string> Capabilities { get; set; } = [];

    public string Annotation { get; set; } = "";

    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    public List<string> PlacementTags { get; set; } = [];

    public List<VolumeSpec> Volumes { get; set; } = [];

    public Dictionary<string, string> MetricTags { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Network { get; } = new(StringComparer.Ordinal);

    /// <summary>Unpacked into the container before the command.</summary>
    public List<DownloadSpec> Downloads { get; set; } = [];

    /// <summary>Unpacked once on a cell, and mounted read-only.</summary>
    public List<DownloadSpec> CachedDependencies { get; set; } = [];

    /// <summary>Directory in the container for the certificates that the cell trusts; empty: none.</summary>
    public string SystemCertificates { get; set; } = "";

    /// <summary>Content by path below <c>/etc/cf-service-bindings</c>.</summary>
    public Dictionary<string, string> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>The kind of work with its article, such as "an LRP".</summary>
    protected abstract string Kind { get; }

    /// <param name="kind">The word for this kind of work.</param>
    protected void ReadCommon(SpecMap map, string kind)
    {
        if (map.Take(KindKey) is { } node && map.File.Scalar(node, KindKey) is var given && given != kind)
            throw map.File.Wrong(
                node,
                KindKey,
                given is LrpKind or TaskKind
                    ? $"must be {kind} for {Kind}, not {given}"
                    : $"must be {LrpKind} or {TaskKind}, not \"{given}\""
            );
        Name = map.Text("name") ?? Name;
        Domain = map.Text("domain") ?? Domain;
        Image = map.Text("image") ?? Image;
        ImageUsername = map.Text("image_username") ?? ImageUsername;
        ImagePassword = map.Text("image_password") ?? ImagePassword;
        PullPolicy = map.Text("pull") ?? PullPolicy;
        if (map.Take("command") is { } command)
            Command =
                command is YamlDotNet.RepresentationModel.YamlScalarNode
                    ? ["/bin/sh", "-c", map.File.Scalar(command, "command")]
                    : [.. map.File.List(command, "command").Select(word => map.File.Scalar(word, "command"))];
        User = map.Text("user") ?? User;
        Directory = map.Text("directory") ?? Directory;
        StopSignal = map.Text("stop_signal") ?? StopSignal;
        GracePeriod = map.Duration("grace_period") ?? GracePeriod;
        MemoryMb = map.Megabytes("memory") ?? MemoryMb;
        DiskMb = map.Megabytes("disk") ?? DiskMb;
        MaxPids = map.Number("max_pids", 0) ?? MaxPids;
        CpuWeight = (uint)(map.Number("cpu_weight", 0) ?? (int)CpuWeight);
        Privileged = map.Flag("privileged") ?? Privileged;
        Capabilities = [.. map.Texts("capabilities") ?? Capabilities];
        Annotation = map.Text("annotation") ?? Annotation;
        SystemCertificates = map.Text("system_certificates") ?? SystemCertificates;
        PlacementTags = [.. map.Texts("placement_tags") ?? PlacementTags];
        if (map.Take("volumes") is { } volumes)
            Volumes = [.. map.File.List(volumes, "volumes").Select(node => VolumeSpec.Read(map.File, node))];
        Merge(map.Pairs("env"), Environment);
        Merge(map.Pairs("metric_tags"), MetricTags);
        Merge(map.Pairs("network"), Network);
        Merge(map.Pairs("files"), Files);
        Downloads = DownloadSpec.ReadAll(map, "downloads", hasUser: true);
        CachedDependencies = DownloadSpec.ReadAll(map, "cached_dependencies", hasUser: false);
    }

    protected LrpAction Action()
    {
        // A preloaded root filesystem is a directory, which says nothing of users and commands.
        var hasDefaults = !RootFs().StartsWith("preloaded", StringComparison.Ordinal);
        if (Command.Count == 0 && !hasDefaults)
            throw DomainError
                .Invalid("command", $"is required: give it after --, or in the file as command: [/bin/httpd, -f]")
                .ToException();
        var user = string.IsNullOrEmpty(User) ? null : User;
        var run = new RunAction
        {
            Path = Command.Count > 0 ? Command[0] : "",
            User = user ?? (hasDefaults ? "" : "root"),
            Dir = Directory,
            ImageDefaults = hasDefaults && (user is null || Command.Count == 0),
        };
        run.Args.AddRange(Command.Skip(1));
        return new LrpAction { RunAction = run };
    }

    /// <summary>Who owns what is downloaded: the user of the command, as far as it is known before the image is.</summary>
    protected string TransferUser => string.IsNullOrEmpty(User) ? "root" : User;

    protected IEnumerable<LrpAction> DownloadActions() =>
        Downloads.Select(download => new LrpAction { DownloadAction = download.ToAction(TransferUser) });

    protected IEnumerable<MountedFile> MountedFiles() => Files.Select(file => new MountedFile { Path = file.Key, Content = file.Value });

    /// <summary>The actions one after the other; a single one as it is.</summary>
    protected static LrpAction InOrder(IEnumerable<LrpAction> actions) =>
        actions.ToList() is [var only] ? only : new LrpAction { SerialAction = new SerialAction { Actions = { actions } } };

    protected IEnumerable<string> CapabilityNames() => Capabilities.Select(Privileges.Capability);

    protected string RootFs() =>
        string.IsNullOrEmpty(Image)
            ? throw DomainError
                .Invalid(
                    "image",
                    $"must name the root filesystem of {Kind}, such as preloaded:busybox, nginx:1.25 or oci:///srv/images/web"
                )
                .ToException()
            : RootFsOf(Image);

    /// <summary>The URL of an image in one of its short forms.</summary>
    /// <exception cref="DomainException">It has none of the forms.</exception>
    public static string RootFsOf(string image) =>
        image switch
        {
            ['/', ..] => "oci://" + image,
            ['.', ..] => "oci://" + Path.GetFullPath(image),
            _ when image.Contains("://", StringComparison.Ordinal)
                    || image.StartsWith("preloaded:", StringComparison.Ordinal)
                    || image.StartsWith("preloaded+layer:", StringComparison.Ordinal) => image,
            _ when image.AsSpan().IndexOfAny(':', '/', '@') >= 0 => Docker(image),
            _ => "preloaded:" + image,
        };

    /// <summary>As <c>docker run</c> takes it: <c>nginx:1.25</c>, <c>registry.example/team/app</c>.</summary>
    private static string Docker(string image) =>
        ImageName.TryParse(image, out _, out var rule)
            ? $"{ImageName.Scheme}://{image}"
            : throw DomainError.Invalid("image", $"{rule} (was '{image}')").ToException();

    protected IEnumerable<EnvironmentVariable> Variables() =>
        Environment.Select(pair => new EnvironmentVariable { Name = pair.Key, Value = pair.Value });

    /// <summary>Diego rejects an LRP without metric tags; <c>source_id</c> is the tag that identifies its logs and metrics.</summary>
    protected IEnumerable<KeyValuePair<string, MetricTagValue>> Tags(string name)
    {
        if (!MetricTags.ContainsKey("source_id"))
            yield return new("source_id", new MetricTagValue { Static = name });
        foreach (var (key, value) in MetricTags)
            yield return new(key, new MetricTagValue { Static = value });
    }

    protected IEnumerable<VolumeMount> VolumeMounts() => Volumes.Select(volume => volume.ToMessage());

    private static void Merge(IReadOnlyList<(string Name, string Value)>? pairs, Dictionary<string, string> into)
    {
        foreach (var (name, value) in pairs ?? [])
            into[name] = value;
    }
}
