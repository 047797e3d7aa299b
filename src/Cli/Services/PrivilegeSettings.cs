using System.CommandLine;
using Scheduler.Models;

namespace Scheduler.Cli.Services;

/// <summary>The flags for the privileges that work may request on a cell.</summary>
internal sealed class PrivilegeSettings(SettingSource settings)
{
    private readonly Option<bool> _privileged = settings.Switch(
        "--allow-privileged",
        "Accept work that asks for privileged containers, which can become root on this machine"
    );

    private readonly Option<string[]> _capabilities = settings.Texts(
        "--allowed-capability",
        "Capabilities that work may ask for beyond the default ones",
        [],
        "NAME"
    );

    public IEnumerable<Option> Options => [_privileged, _capabilities];

    public List<string> Read(ParseResult parsed) =>
        [
            .. parsed.GetValue(_privileged) ? [Privileges.Privileged] : Array.Empty<string>(),
            .. parsed.GetValue(_capabilities)!.Select(Privileges.Capability),
        ];
}
