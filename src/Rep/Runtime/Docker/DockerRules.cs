using System.Globalization;
using Scheduler.Models;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Networking.Policy;

namespace Scheduler.Rep.Runtime.Docker;

/// <summary>What the cell has to know of its engine.</summary>
/// <param name="Version">Such as <c>20.10.24+dfsg1</c>.</param>
/// <param name="StorageDriver">Such as <c>overlay2</c>.</param>
/// <param name="SecurityOptions">Such as <c>name=userns</c>.</param>
/// <param name="Runtime">Path of the program of its default runtime; null: it is none that runs programs of runc's kind.</param>
internal sealed record EngineFacts(
    string Version,
    string StorageDriver,
    string CgroupDriver,
    IReadOnlyList<string> SecurityOptions,
    string? Runtime,
    bool LiveRestore
)
{
    /// <summary>Name of its default runtime.</summary>
    public string RuntimeName { get; init; } = "runc";

    /// <summary>The storage driver keeps what a container writes in a directory of its own.</summary>
    public bool MeasuresDisks => StorageDriver == "overlay2";

    public bool HasOwnCgroups => CgroupDriver == "cgroupfs";
}

/// <summary>What this runtime cannot do. It is refused, because a setting without effect is worse than none. No I/O.</summary>
internal static class DockerRules
{
    private const int LeastMajor = 20,
        LeastMinor = 10;

    /// <summary>Why a cell with these settings cannot run on the engine; empty: it can.</summary>
    public static IReadOnlyList<string> Broken(RuntimeOptions options, NetworkOptions network, ImageOptions images, EngineFacts engine)
    {
        var broken = new List<string>();
        void Rule(bool kept, string why)
        {
            if (!kept)
                broken.Add(why);
        }

        Rule(
            IsRecent(engine.Version),
            $"the engine is of version {engine.Version}, and the docker runtime needs {LeastMajor}.{LeastMinor} or later"
        );
        Rule(engine.Runtime is not null, "the engine's default runtime is not runc");
        Rule(
            !engine.SecurityOptions.Any(option => option.Contains("name=userns") || option.Contains("name=rootless")),
            "the engine maps the users of containers (userns-remap or rootless mode), which the docker runtime does not support"
        );
        Rule(
            options.UserNamespaces != UserNamespaceMode.Required,
            "--user-namespaces required: the docker runtime gives containers no user namespaces"
        );
        Rule(
            options.DiskQuota is not (DiskQuotaMode.Project or DiskQuotaMode.Loop),
            $"--disk-quota {Text(options.DiskQuota)}: the docker runtime can only watch disks (auto, watch) or ignore their limits (off)"
        );
        Rule(
            options.DiskQuota == DiskQuotaMode.Off || engine.MeasuresDisks,
            $"--disk-quota {Text(options.DiskQuota)}: what a container writes can be measured with the storage driver overlay2 only, and the engine's is {engine.StorageDriver}"
        );
        Rule(
            engine.HasOwnCgroups || options.CgroupParent == new RuntimeOptions().CgroupParent,
            $"--cgroup-parent {options.CgroupParent}: it works with the cgroup driver cgroupfs only, and the engine's is {engine.CgroupDriver}"
        );
        Rule(network.DefaultEgress == EgressDefault.Allow, "--default-egress deny: the docker runtime has no egress rules");
        Rule(
            network.ContainerToContainer == ContainerToContainer.Deny,
            $"--container-to-container {Text(network.ContainerToContainer)}: the docker runtime can only deny traffic between containers"
        );
        Rule(
            !network.PublishedPortsFromContainers,
            "--published-ports-from-containers: what containers reach is the engine's matter with the docker runtime"
        );
        Rule(
            images.Registry.Mirrors.Count == 0,
            "--registry-mirror: the docker runtime pulls through the engine; set registry-mirrors in its daemon.json"
        );
        Rule(
            images.Registry.Insecure.Count == 0,
            "--insecure-registry: the docker runtime pulls through the engine; set insecure-registries in its daemon.json"
        );
        return broken;
    }

    /// <exception cref="DomainException">The container needs something that this runtime does not have.</exception>
    public static void Check(ContainerSpec spec)
    {
        var broken = new List<FieldViolation>();
        if (spec.Egress is not null)
            broken.Add(new FieldViolation("egress_rules", "are not supported by this cell's docker runtime"));
        if (PeerGroups.Of(spec.Properties, ContainerToContainer.Deny) is not null)
            broken.Add(
                new FieldViolation(
                    $"network.properties.{PeerGroups.Property}",
                    "must be deny: this cell's docker runtime has no traffic between containers"
                )
            );
        if (broken.Count > 0)
            throw DomainError.Invalid(broken).ToException();
    }

    private static bool IsRecent(string version)
    {
        var numbers = version.Split('.');
        return numbers.Length >= 2
            && int.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            && int.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out var minor)
            && (major > LeastMajor || (major == LeastMajor && minor >= LeastMinor));
    }

    private static string Text<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
