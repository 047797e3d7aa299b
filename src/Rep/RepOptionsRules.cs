using System.ComponentModel.DataAnnotations;
using System.Net;
using Scheduler.Models;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep;

/// <summary>What a cell's options must be; told all at once, before anything starts.</summary>
internal static class RepOptionsRules
{
    public static IReadOnlyList<FieldViolation> Check(RepOptions options)
    {
        var broken = new List<FieldViolation>();
        var ranges = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), ranges, validateAllProperties: true);
        foreach (var range in ranges) broken.Add(new FieldViolation(string.Join(",", range.MemberNames), range.ErrorMessage ?? "is out of range"));

        Rule(options.CellId.Length <= 255 && ContainerSpecRules.IsId(options.CellId), nameof(options.CellId), "must be 1 to 255 characters of A-Z a-z 0-9 _ . - and begin with a letter or digit");
        Rule(options.MemoryMb is null or > 0, nameof(options.MemoryMb), "must be at least 1");
        Rule(options.DiskMb is null or > 0, nameof(options.DiskMb), "must be at least 1");
        Rule(IPAddress.TryParse(options.AdvertiseAddress, out _), nameof(options.AdvertiseAddress), "must be an IP address");
        Rule(options.RepUrl.Length == 0 || (Uri.TryCreate(options.RepUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" or "unix"), nameof(options.RepUrl), "must be http://host:port, https://host:port or unix:///path");
        Rule(
            options.RootFsSchemes.Count + options.PreloadedRootFs.Count > 0, nameof(options.RootFsSchemes),
            "must name a scheme, or PreloadedRootFs must name a root filesystem; otherwise no work fits this cell");
        Rule(
            options.Privileges.All(privilege => privilege == Privileges.Privileged || Runtime.Runc.Capabilities.All.Contains(privilege)),
            nameof(options.Privileges),
            "must be \"privileged\" or names of capabilities such as CAP_NET_RAW");
        Rule(options.GracefulShutdown >= TimeSpan.Zero, nameof(options.GracefulShutdown), "must not be negative");
        Rule(options.ReservedExpiration > TimeSpan.Zero, nameof(options.ReservedExpiration), "must be greater than zero");
        Rule(options.EvacuationTimeout > TimeSpan.Zero, nameof(options.EvacuationTimeout), "must be greater than zero");
        Rule(options.PresenceTtl > options.PresenceRenewal, nameof(options.PresenceTtl), "must be longer than PresenceRenewal");
        Rule(options.HealthCheckInterval >= options.HealthCheckRetry, nameof(options.HealthCheckInterval), "must be at least HealthCheckRetry");
        Rule(
            options.RetryMin > TimeSpan.Zero && options.RetryMax >= options.RetryMin, nameof(options.RetryMax),
            "must be at least RetryMin, and RetryMin must be greater than zero");
        foreach (var (name, interval) in Intervals(options)) Rule(interval >= TimeSpan.FromMilliseconds(10), name, "must be at least 10 ms");
        return broken;

        void Rule(bool kept, string field, string rule)
        {
            if (!kept) broken.Add(new FieldViolation($"{RepOptions.Section}.{field}", rule));
        }
    }

    private static IEnumerable<(string Name, TimeSpan Interval)> Intervals(RepOptions options) =>
    [
        (nameof(options.UnhealthyInterval), options.UnhealthyInterval),
        (nameof(options.HealthyInterval), options.HealthyInterval),
        (nameof(options.SyncInterval), options.SyncInterval),
        (nameof(options.EvacuationSyncInterval), options.EvacuationSyncInterval),
        (nameof(options.ReapInterval), options.ReapInterval),
        (nameof(options.HealthCheckRetry), options.HealthCheckRetry),
        (nameof(options.HealthCheckTimeout), options.HealthCheckTimeout),
        (nameof(options.PresenceRenewal), options.PresenceRenewal),
        (nameof(options.BbsTimeout), options.BbsTimeout),
    ];
}
