using Scheduler.Contracts.Work;

namespace Scheduler.Bbs.Validation;

/// <summary>Validates the parts that desired LRPs and tasks share.</summary>
internal static class PartRules
{
    /// <summary>Limit of memory and disk: far above any machine, and low enough that sums of a few values cannot overflow.</summary>
    public const int MaxMegabytes = 1_000_000_000;

    /// <summary>
    /// Limit of destinations. Each is held in the memory of a cell's kernel; the largest public lists of networks have some hundreds.
    /// </summary>
    public const int MostDestinations = 4_096;

    /// <summary>A day, which is also the most that a cell can be set to.</summary>
    private const long LongestGraceMs = 86_400_000;

    public static void RootFs(string rootFs, string field, Violations violations)
    {
        if (!violations.NotEmpty(rootFs, field))
            return;
        if (ImageName.IsUrl(rootFs))
        {
            // A name of Docker's looks like a URL and is none: "docker://web:1.2@sha256:…" would have a user and a password.
            if (!ImageName.TryParseUrl(rootFs, out _, out var rule))
                violations.Add(field, HasUser(rootFs) ? NoUser : rule);
            return;
        }

        var colon = rootFs.IndexOf(':');
        var hasScheme =
            colon > 0
            && char.IsAsciiLetter(rootFs[0])
            && rootFs.AsSpan(0, colon).IndexOfAnyExcept("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.") < 0;
        Uri.TryCreate(rootFs, UriKind.Absolute, out var url);
        violations.Require(
            hasScheme && url is not null,
            field,
            "must be a URL with a scheme, such as preloaded:busybox or docker:///busybox"
        );

        // Every component can see a URL, in lists and in errors.
        violations.Require(url is not { UserInfo.Length: > 0 }, field, NoUser);
    }

    private const string NoUser = "must not contain a user or password; use image_username and image_password";

    private static bool HasUser(string image) => image.IndexOf('@') is >= 0 and var at && !image.AsSpan(at + 1).StartsWith("sha256:");

    public static void Megabytes(int value, string field, Violations violations)
    {
        violations.AtLeastZero(value, field);
        violations.Require(value <= MaxMegabytes, field, $"must be at most {MaxMegabytes}");
    }

    public static void Capabilities(IReadOnlyList<string> capabilities, string field, Violations violations)
    {
        violations.Require(capabilities.All(Privileges.IsCapability), field, "must be names of capabilities such as CAP_NET_RAW");
        violations.Require(capabilities.Distinct().Count() == capabilities.Count, field, "must not contain duplicates");
    }

    public static void Stop(string signal, long graceMs, string path, Violations violations)
    {
        violations.Require(
            signal.Length == 0 || Signals.Parse(signal) is not null,
            $"{path}stop_signal",
            "must be the name or number of a signal, such as SIGQUIT"
        );
        violations.Require(graceMs is >= 0 and <= LongestGraceMs, $"{path}grace_period_ms", $"must be from 0 to {LongestGraceMs}");
    }

    public static void PullPolicy(string policy, string field, Violations violations) =>
        violations.Require(policy.Length == 0 || ImagePullPolicies.Parse(policy) is not null, field, ImagePullPolicies.Rule);

    public static void LogRate(LogRateLimit? limit, string field, Violations violations)
    {
        if (limit is not null)
            violations.Require(limit.BytesPerSecond >= -1, $"{field}.bytes_per_second", "must be at least -1");
    }

    public static void ImageCredentials(string username, string password, string path, Violations violations)
    {
        if (username.Length > 0 == password.Length > 0)
            return;
        if (username.Length == 0)
            violations.Add($"{path}image_username", "must be set together with image_password");
        else
            violations.Add($"{path}image_password", "must be set together with image_username");
    }

    public static void Environment(IList<EnvironmentVariable> variables, string path, Violations violations)
    {
        for (var i = 0; i < variables.Count; i++)
            violations.Require(!string.IsNullOrWhiteSpace(variables[i].Name), $"{path}[{i}].name", "must not be blank");
    }

    public static void Egress(IList<SecurityGroupRule> rules, string path, Violations violations)
    {
        for (var i = 0; i < rules.Count; i++)
            SecurityGroupRules.Check(rules[i], $"{path}[{i}]", violations);
        violations.Require(
            rules.Sum(rule => rule.Destinations.Sum(text => text.Split(',').Length)) <= MostDestinations,
            path,
            $"must have at most {MostDestinations} destinations in all"
        );
    }

    /// <summary>Properties belong to the network's implementation; only the property known here is checked.</summary>
    public static void Network(Network? network, string path, Violations violations)
    {
        if (network?.Properties.TryGetValue("container_to_container", out var policy) is true)
            violations.Require(
                policy is "deny" or "lrp" or "domain",
                $"{path}.properties[container_to_container]",
                "must be deny, lrp or domain"
            );
    }

    public static void Dependencies(IList<CachedDependency> dependencies, string path, Violations violations)
    {
        for (var i = 0; i < dependencies.Count; i++)
        {
            ActionRules.CheckUrl(dependencies[i].From, $"{path}[{i}].from", violations);
            violations.NotEmpty(dependencies[i].To, $"{path}[{i}].to");
            ActionRules.CheckChecksum(dependencies[i].ChecksumAlgorithm, dependencies[i].ChecksumValue, $"{path}[{i}]", violations);
        }
    }

    public static void Layers(IList<ImageLayer> layers, string downloadUser, string path, string userField, Violations violations)
    {
        for (var i = 0; i < layers.Count; i++)
            Layer(layers[i], $"{path}[{i}]", violations);
        if (layers.Any(layer => layer.LayerType == ImageLayer.Types.Type.Exclusive))
            violations.Require(downloadUser.Length > 0, userField, "must be set when an image layer is EXCLUSIVE");
    }

    public static void MetricTags(IEnumerable<KeyValuePair<string, MetricTagValue>> tags, string path, Violations violations)
    {
        foreach (var (name, value) in tags)
        {
            var dynamic = value.Dynamic != MetricTagValue.Types.DynamicValue.Invalid;
            violations.Require(value.Static.Length > 0 != dynamic, $"{path}[{name}]", "must have either a static or a dynamic value");
            violations.Require(!dynamic || Enum.IsDefined(value.Dynamic), $"{path}[{name}].dynamic", "must be INDEX or INSTANCE_GUID");
        }
    }

    public static void VolumeMounts(IList<VolumeMount> mounts, string path, Violations violations)
    {
        if (MountTargets.Overlap(mounts.Select(mount => mount.ContainerDir)) is { } overlap)
            violations.Add(path, $"must not have {overlap.Inner} at or below {overlap.Outer}");
        for (var i = 0; i < mounts.Count; i++)
        {
            var mount = mounts[i];
            violations.NotEmpty(mount.Driver, $"{path}[{i}].driver");
            if (MountTargets.Broken(mount.ContainerDir) is { } rule)
                violations.Add($"{path}[{i}].container_dir", rule);
            violations.Require(mount.Mode is "r" or "rw", $"{path}[{i}].mode", "must be r or rw");
            if (mount.Shared is { } shared)
                violations.NotEmpty(shared.VolumeId, $"{path}[{i}].shared.volume_id");
            if (mount.Dedicated is { } dedicated)
                violations.NotEmpty(dedicated.MounterId, $"{path}[{i}].dedicated.mounter_id");
        }
    }

    public static void Checks(CheckDefinition? definition, string path, Violations violations)
    {
        if (definition is null)
            return;
        for (var i = 0; i < definition.Checks.Count; i++)
            Check(definition.Checks[i], $"{path}.checks[{i}]", violations);
        for (var i = 0; i < definition.ReadinessChecks.Count; i++)
            Check(definition.ReadinessChecks[i], $"{path}.readiness_checks[{i}]", violations);
    }

    private static void Layer(ImageLayer layer, string path, Violations violations)
    {
        violations.NotEmpty(layer.Url, $"{path}.url");
        violations.NotEmpty(layer.DestinationPath, $"{path}.destination_path");
        violations.Require(
            layer.LayerType is ImageLayer.Types.Type.Shared or ImageLayer.Types.Type.Exclusive,
            $"{path}.layer_type",
            "must be SHARED or EXCLUSIVE"
        );
        violations.Require(
            layer.MediaType is ImageLayer.Types.MediaType.Tgz or ImageLayer.Types.MediaType.Tar or ImageLayer.Types.MediaType.Zip,
            $"{path}.media_type",
            "must be TGZ, TAR or ZIP"
        );
        var hasAlgorithm = layer.DigestAlgorithm is ImageLayer.Types.DigestAlgorithm.Sha256 or ImageLayer.Types.DigestAlgorithm.Sha512;
        var needed = layer.LayerType == ImageLayer.Types.Type.Exclusive;
        violations.Require(
            hasAlgorithm || (!needed && layer.DigestValue.Length == 0),
            $"{path}.digest_algorithm",
            "must be set together with digest_value, and for an EXCLUSIVE layer"
        );
        violations.Require(
            layer.DigestValue.Length > 0 || (!needed && !hasAlgorithm),
            $"{path}.digest_value",
            "must be set together with digest_algorithm, and for an EXCLUSIVE layer"
        );
    }

    private static void Check(Check check, string path, Violations violations)
    {
        if (check.TcpCheck is not null == check.HttpCheck is not null)
        {
            violations.Add(path, "must have either tcp_check or http_check");
            return;
        }
        var port = check.TcpCheck?.Port ?? check.HttpCheck!.Port;
        violations.Require(
            port is >= 1 and <= 65_535,
            check.TcpCheck is null ? $"{path}.http_check.port" : $"{path}.tcp_check.port",
            "must be from 1 to 65535"
        );
    }
}
