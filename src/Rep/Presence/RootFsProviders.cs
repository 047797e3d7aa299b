using Scheduler.Contracts.V1;
using Scheduler.Rep.Capacity;

namespace Scheduler.Rep.Presence;

/// <summary>A cell's root filesystems as it announces them: schemes that accept anything, and the list of preloaded ones.</summary>
internal static class RootFsProviders
{
    public static IReadOnlyList<Provider> Of(CellProfile profile)
    {
        var providers = new List<Provider>();
        if (profile.PreloadedRootFs.Count > 0)
        {
            var preloaded = new Provider { Name = RootFsRules.Preloaded };
            preloaded.Properties.Add(profile.PreloadedRootFs);
            providers.Add(preloaded);
        }

        providers.AddRange(profile.RootFsSchemes.Select(scheme => new Provider { Name = scheme }));
        return providers;
    }
}
