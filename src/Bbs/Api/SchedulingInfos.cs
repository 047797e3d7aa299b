namespace Scheduler.Bbs.Api;

/// <summary>Reduced view of a desired LRP.</summary>
internal static class SchedulingInfos
{
    public static DesiredLRPSchedulingInfo Of(DesiredLRP lrp)
    {
        var info = new DesiredLRPSchedulingInfo
        {
            DesiredLrpKey = new DesiredLRPKey
            {
                ProcessGuid = lrp.ProcessGuid,
                Domain = lrp.Domain,
                LogGuid = lrp.LogGuid,
            },
            Annotation = lrp.Annotation,
            Instances = lrp.Instances,
            DesiredLrpResource = new DesiredLRPResource
            {
                MemoryMb = lrp.MemoryMb,
                DiskMb = lrp.DiskMb,
                RootFs = lrp.RootFs,
                MaxPids = lrp.MaxPids,
            },
            Routes = lrp.Routes ?? new ProtoRoutes(),
            ModificationTag = lrp.ModificationTag,
            VolumePlacement = new VolumePlacement(),
        };
        foreach (var mount in lrp.VolumeMounts)
            info.VolumePlacement.DriverNames.Add(mount.Driver);
        info.PlacementTags.AddRange(lrp.PlacementTags);
        return info;
    }
}
