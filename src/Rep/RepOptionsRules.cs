using System.Net;
using Scheduler.Hosting.Settings;
using Scheduler.Models;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep;

/// <summary>Validates a cell's options; reports all violations at once, before anything starts.</summary>
internal static class RepOptionsRules
{
    public static IReadOnlyList<FieldViolation> Check(RepOptions options)
    {
        var broken = new List<FieldViolation>(OptionRules.Violations(options, options.Transfers));

        Rule(
            options.CellId.Length <= 255 && ContainerSpecRules.IsId(options.CellId),
            nameof(options.CellId),
            "must be 1 to 255 characters of A-Z a-z 0-9 _ . - and begin with a letter or digit"
        );
        Rule(options.MemoryMb is null or > 0, nameof(options.MemoryMb), "must be at least 1");
        Rule(options.DiskMb is null or > 0, nameof(options.DiskMb), "must be at least 1");
        Rule(IPAddress.TryParse(options.AdvertiseAddress, out _), nameof(options.AdvertiseAddress), "must be an IP address");
        Rule(
            options.RepUrl.Length == 0
                || (Uri.TryCreate(options.RepUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" or "unix"),
            nameof(options.RepUrl),
            "must be http://host:port, https://host:port or unix:///path"
        );
        Rule(
            options.RootFsSchemes.Count + options.PreloadedRootFs.Count > 0,
            nameof(options.RootFsSchemes),
            "must name a scheme, or preloaded must name a root filesystem; otherwise no work fits this cell"
        );
        Rule(
            options.Privileges.All(privilege => privilege == Privileges.Privileged || Runtime.Runc.Capabilities.All.Contains(privilege)),
            nameof(options.Privileges),
            "must be \"privileged\" or names of capabilities such as CAP_NET_RAW"
        );
        Rule(
            options.InstanceAuthorityCertificate.Length > 0 == options.InstanceAuthorityKey.Length > 0,
            nameof(options.InstanceAuthorityCertificate),
            "and instance-ca-key are only valid together"
        );
        Rule(options.PresenceTtl > options.PresenceRenewal, nameof(options.PresenceTtl), "must be longer than presence-renewal");
        Rule(
            options.HealthCheckInterval >= options.HealthCheckRetry,
            nameof(options.HealthCheckInterval),
            "must be at least health-check-retry"
        );
        Rule(options.RetryMax >= options.RetryMin, nameof(options.RetryMax), "must be at least retry-min");
        return broken;

        void Rule(bool kept, string field, string rule)
        {
            if (!kept)
                broken.Add(new FieldViolation(SettingAttribute.NameOf(typeof(RepOptions).GetProperty(field)!), rule));
        }
    }
}
