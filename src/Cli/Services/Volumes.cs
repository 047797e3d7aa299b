using System.CommandLine;
using Scheduler.Models;
using Scheduler.Rep.Volumes;

namespace Scheduler.Cli.Services;

/// <summary><c>--volume</c>, used by the rep and the all-in-one node.</summary>
internal static class Volumes
{
    public static Option<string[]> Option(SettingSource settings) =>
        settings.Texts(
            "--" + HostVolume.Setting,
            "Directories of this machine that work may mount as volume driver NAME; :ro: only to read",
            [],
            "NAME=PATH[:ro]"
        );

    /// <exception cref="DomainException">An entry is malformed.</exception>
    public static List<HostVolume> Parse(IEnumerable<string> entries) => [.. entries.Select(HostVolume.Parse)];
}
