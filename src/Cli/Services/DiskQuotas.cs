using System.CommandLine;
using Scheduler.Models;
using Scheduler.Rep.Runtime.Disk;

namespace Scheduler.Cli.Services;

/// <summary><c>--disk-quota</c>, which the rep and the all-in-one node share.</summary>
internal static class DiskQuotas
{
    private const string Flag = "disk-quota";

    private static readonly IReadOnlyDictionary<string, DiskQuotaMode> Modes = Enum.GetValues<DiskQuotaMode>().ToDictionary(mode => mode.ToString().ToLowerInvariant());

    public static Option<string?> Option(SettingSource settings) => settings.Text(
        "--" + Flag,
        "How containers are held to their disk: project (quotas of the file system below the state), loop (a volume for each), auto (project where there is, else loop), "
        + "watch (measured, and killed when over it), off",
        "auto", string.Join('|', Modes.Keys));

    /// <exception cref="DomainException">There is no such mode.</exception>
    public static DiskQuotaMode Parse(string text) =>
        Modes.TryGetValue(text, out var mode) ? mode : throw DomainError.Invalid(Flag, $"must be {string.Join(", ", Modes.Keys.SkipLast(1))} or {Modes.Keys.Last()}, not \"{text}\"").ToException();
}
