using System.CommandLine;
using Scheduler.Models;
using Scheduler.Rep.Runtime;

namespace Scheduler.Cli.Services;

/// <summary><c>--disk-quota</c>, used by the rep and the all-in-one node.</summary>
internal static class DiskQuotas
{
    private const string Flag = "disk-quota";

    private static readonly IReadOnlyDictionary<string, DiskQuotaMode> Modes = Enum.GetValues<DiskQuotaMode>()
        .ToDictionary(mode => mode.ToString().ToLowerInvariant());

    public static Option<string?> Option(SettingSource settings) =>
        settings.Text(
            "--" + Flag,
            "Enforcement of disk limits: project (file system project quotas), loop (one volume per container), auto (project where supported, "
                + "else loop), watch (measure, and kill a container over its limit), off",
            "auto",
            string.Join('|', Modes.Keys)
        );

    /// <exception cref="DomainException">The mode does not exist.</exception>
    public static DiskQuotaMode Parse(string text) =>
        Modes.TryGetValue(text, out var mode)
            ? mode
            : throw DomainError
                .Invalid(Flag, $"must be {string.Join(", ", Modes.Keys.SkipLast(1))} or {Modes.Keys.Last()}, not \"{text}\"")
                .ToException();
}
