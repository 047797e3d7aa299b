using System.CommandLine;
using Scheduler.Models;
using Scheduler.Rep;
using Scheduler.Rep.Runtime;

namespace Scheduler.Cli.Services;

/// <summary>The flags for the isolation of containers from their cell.</summary>
internal sealed class IsolationSettings
{
    private readonly Option<string?> _userNamespaces;
    private readonly Option<string?> _userIds;
    private readonly Option<string?> _seccomp;
    private readonly Option<string?> _appArmor;
    private readonly Option<bool> _allowPrivileged;
    private readonly Option<string[]> _capabilities;
    private readonly Option<int> _memory;
    private readonly Option<int> _pids;

    public IsolationSettings(SettingSource settings)
    {
        var (runtime, rep) = (new RuntimeOptions(), new RepOptions());
        _userNamespaces = settings.Text(
            "--user-namespaces",
            "Map container root to an unprivileged host user: auto (warn if unsupported), required (do not start if unsupported), off",
            "auto",
            "auto|required|off"
        );
        _userIds = settings.Text(
            "--userns-range",
            "Host UIDs and GIDs for containers, 65536 each; reserved for them",
            runtime.UserIdRange,
            "BASE:SIZE"
        );
        _seccomp = settings.Text(
            "--seccomp",
            "Seccomp profile of containers; FILE is an OCI profile",
            runtime.Seccomp,
            "default|unconfined|FILE"
        );
        _appArmor = settings.Text(
            "--apparmor",
            "AppArmor profile of containers, which must be loaded, or none (default: scheduler-default if loaded)",
            null,
            "PROFILE|none"
        );
        _allowPrivileged = settings.Switch(
            "--allow-privileged",
            "Accept work that asks for privileged containers, which can become root on this machine"
        );
        _capabilities = settings.Texts("--allowed-capability", "Capabilities that work may ask for beyond the default ones", [], "NAME");
        _memory = settings.Number(
            "--default-memory",
            "Memory limit in MB for work that sets none; 0: no limit",
            rep.DefaultMemoryMb,
            least: 0
        );
        _pids = settings.Number(
            "--default-max-pids",
            "Maximum number of processes and threads for work that sets none; 0: no limit",
            rep.DefaultMaxPids,
            least: 0
        );
    }

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_userNamespaces, _userIds, _seccomp, _appArmor, _allowPrivileged, _capabilities, _memory, _pids])
            command.Options.Add(option);
    }

    public Isolation Read(ParseResult parsed)
    {
        var mode = parsed.GetValue(_userNamespaces)!;
        var capabilities = parsed.GetValue(_capabilities)!.Select(Privileges.Capability);
        return new Isolation(
            mode switch
            {
                "auto" => UserNamespaceMode.Auto,
                "required" => UserNamespaceMode.Required,
                "off" => UserNamespaceMode.Off,
                _ => throw DomainError.Invalid("user-namespaces", $"must be auto, required or off, not \"{mode}\"").ToException(),
            },
            parsed.GetValue(_userIds)!,
            parsed.GetValue(_seccomp)!,
            parsed.GetValue(_appArmor) ?? "",
            [.. parsed.GetValue(_allowPrivileged) ? [Privileges.Privileged] : Array.Empty<string>(), .. capabilities],
            parsed.GetValue(_memory),
            parsed.GetValue(_pids)
        );
    }
}

/// <summary>The isolation of containers from their cell.</summary>
/// <param name="Privileges">The privileges that work may request.</param>
internal sealed record Isolation(
    UserNamespaceMode UserNamespaces,
    string UserIdRange,
    string Seccomp,
    string AppArmor,
    IReadOnlyList<string> Privileges,
    int DefaultMemoryMb,
    int DefaultMaxPids
)
{
    public CellSetup Of(CellSetup cell)
    {
        (cell.Rep.Privileges, cell.Rep.DefaultMemoryMb, cell.Rep.DefaultMaxPids) = ([.. Privileges], DefaultMemoryMb, DefaultMaxPids);
        (cell.Runtime.UserNamespaces, cell.Runtime.UserIdRange, cell.Runtime.Seccomp, cell.Runtime.AppArmor) = (
            UserNamespaces,
            UserIdRange,
            Seccomp,
            AppArmor
        );
        return cell;
    }
}
