namespace Scheduler.Models;

/// <summary>The texts with which Diego's auctioneer refuses a placement. Clients match on them, so they must not change.</summary>
public static class PlacementErrors
{
    public const string CellCommunication = "unable to communicate to compatible cells";
    public const string CellMismatch = "found no compatible cell for required rootfs";
    public const string VolumeDriverMismatch = "found no compatible cell with required volume drivers";
    public const string InsufficientResources = "insufficient resources";
    public const string ExceededInflightCreation = "waiting to start instance: reached in-flight start limit";

    /// <summary>The text for placement tags that no cell offers; it names the tags as Diego does.</summary>
    public static string TagMismatch(IReadOnlyList<string> tags) =>
        tags.Count switch
        {
            0 => "found no compatible cell with no placement tags",
            1 => $"found no compatible cell with placement tag \"{tags[0]}\"",
            _ => "found no compatible cell with placement tags "
                + string.Join(", ", tags.Take(tags.Count - 1).Select(tag => $"\"{tag}\""))
                + $" and \"{tags[^1]}\"",
        };

    /// <summary>The text for privileges that no cell allows. Diego's cells allow all of them.</summary>
    public static string PrivilegesMismatch(IReadOnlyList<string> privileges) =>
        "found no compatible cell that allows " + string.Join(" and ", privileges.Select(privilege => $"\"{privilege}\""));

    /// <summary>The text for missing capacity: only the shortages common to every cell tried, in alphabetical order.</summary>
    public static string Insufficient(bool containers, bool disk, bool memory)
    {
        string[] shortages = [.. Named(containers, "containers"), .. Named(disk, "disk"), .. Named(memory, "memory")];
        return shortages.Length == 0 ? InsufficientResources : $"{InsufficientResources}: {string.Join(", ", shortages)}";

        static string[] Named(bool isShort, string name) => isShort ? [name] : [];
    }
}
