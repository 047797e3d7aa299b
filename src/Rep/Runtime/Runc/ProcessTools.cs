using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>What it takes to run processes in containers that runc started, whoever asked it to.</summary>
/// <param name="Runc">The program.</param>
/// <param name="RuncRoot">The directory of runc's state.</param>
/// <param name="Seccomp">Null: every call is allowed.</param>
internal record ProcessTools(
    RuntimeOptions Options,
    Commands Commands,
    string Runc,
    string RuncRoot,
    string Conmon,
    string Busybox,
    Func<IReadOnlySet<string>, JsonNode>? Seccomp,
    MachineLimits Limits,
    Cgroups Cgroups,
    InotifyHub Hub,
    TimeProvider Time,
    ILogger Log
)
{
    /// <summary>Name of the AppArmor profile of unprivileged containers; null: none.</summary>
    public string? AppArmorProfile { get; init; }

    /// <summary>A privileged container keeps the defences that protect others rather than itself.</summary>
    public Defences DefencesOf(ContainerSpec spec) =>
        (spec.Privileged ? Defences.Devices | Defences.Descriptors | Defences.Limits | Defences.Disk : Defences.All) & ~Options.Without;

    public Rights RightsOf(ContainerSpec spec)
    {
        var defences = DefencesOf(spec);
        return new Rights(
            defences.HasFlag(Defences.Capabilities) ? Confined(spec) : Capabilities.All.ToHashSet(),
            NewPrivileges: !defences.HasFlag(Defences.NoNewPrivileges),
            spec.Privileged ? null : AppArmorProfile
        );
    }

    public JsonNode? SeccompOf(ContainerSpec spec) => DefencesOf(spec).HasFlag(Defences.Seccomp) ? Seccomp?.Invoke(Confined(spec)) : null;

    /// <summary>
    /// Raising a limit above the rep's own needs a capability that a confined cell may lack; the default must work everywhere.
    /// </summary>
    public static MachineLimits ReadLimits(RuntimeOptions options)
    {
        const string openFiles = "Max open files";
        var line = File.ReadLines("/proc/self/limits").First(line => line.StartsWith(openFiles, StringComparison.Ordinal));
        var hard = line[openFiles.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return new MachineLimits(
            long.TryParse(hard, out var most) ? Math.Min(most, options.DefaultOpenFiles) : options.DefaultOpenFiles,
            Capabilities.Available()
        );
    }

    /// <exception cref="ContainerRuntimeException">It is missing, or cannot run in every root filesystem.</exception>
    public static string FindBusybox(RuntimeOptions options)
    {
        var busybox = Programs.Find(options.Busybox, "busybox-static");
        return ElfFile.IsStatic(busybox)
            ? busybox
            : throw new ContainerRuntimeException(
                $"{busybox} is not statically linked, so it cannot run in every root filesystem: install the package busybox-static (apt-get install busybox-static)"
            );
    }

    private static IReadOnlySet<string> Confined(ContainerSpec spec) =>
        spec.Capabilities.Count == 0 ? Capabilities.ByDefault : Capabilities.ByDefault.Concat(spec.Capabilities).ToHashSet();
}
