namespace Scheduler.Rep.Runtime.Linux;

/// <summary>
/// Chooses the AppArmor profile of containers. Loading a profile is the operator's task, because its rules concern the machine as much
/// as the cell.
/// </summary>
internal static class AppArmor
{
    /// <summary>The profile shipped with the product, <c>eng/apparmor/scheduler-default</c>.</summary>
    public const string DefaultProfile = "scheduler-default";

    public const string None = "none";

    private const string Enabled = "/sys/module/apparmor/parameters/enabled",
        Loaded = "/sys/kernel/security/apparmor/profiles";

    /// <param name="profile">A profile name; <c>none</c>; or empty for the default one if it is loaded.</param>
    /// <exception cref="ContainerRuntimeException">The requested profile is not loaded.</exception>
    public static AppArmorChoice Choose(string profile) =>
        Choose(
            profile,
            File.Exists(Enabled) && File.ReadAllText(Enabled).StartsWith('Y'),
            File.Exists(Loaded) ? File.ReadAllLines(Loaded) : []
        );

    /// <param name="loaded">Lines such as <c>docker-default (enforce)</c>.</param>
    public static AppArmorChoice Choose(string profile, bool isEnabled, IReadOnlyList<string> loaded)
    {
        if (profile == None)
            return new AppArmorChoice(null, IsMissing: false);
        var wanted = profile.Length > 0 ? profile : DefaultProfile;
        if (isEnabled && loaded.Any(line => line.StartsWith(wanted + " (", StringComparison.Ordinal)))
            return new AppArmorChoice(wanted, IsMissing: false);
        if (profile.Length > 0)
            throw new ContainerRuntimeException(
                $"the AppArmor profile {profile} is not loaded{(isEnabled ? "" : ": AppArmor is not enabled in the kernel")}"
            );
        return new AppArmorChoice(null, IsMissing: isEnabled);
    }
}

/// <param name="IsMissing">The kernel supports AppArmor, but the default profile is not loaded.</param>
internal readonly record struct AppArmorChoice(string? Profile, bool IsMissing);
