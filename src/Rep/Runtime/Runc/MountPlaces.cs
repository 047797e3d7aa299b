using Scheduler.Contracts.Work;
using Scheduler.Models;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>
/// Where volumes end up in a container. The links of an image are its author's, and runc follows them within the container: they must not
/// put a volume in the place of /dev, where runc would make files in it, or into another volume, nor over what the cell provides.
/// </summary>
internal static class MountPlaces
{
    /// <summary>The kernel's own limit.</summary>
    private const int MostLinks = 40;

    /// <summary>The links in a container's files, for <see cref="CheckAsync"/>.</summary>
    /// <param name="rootFs">The files, before runc has mounted anything in them or started a process.</param>
    public static Func<string, ValueTask<string?>> LinksIn(string rootFs) =>
        path => ValueTask.FromResult(new FileInfo(rootFs + path).LinkTarget);

    /// <param name="targetOf">The target of the link with a path in the container; null if there is no link.</param>
    /// <exception cref="DomainException">A volume would end up where it must not be.</exception>
    public static async Task CheckAsync(ContainerSpec spec, Func<string, ValueTask<string?>> targetOf)
    {
        var places = new List<string>();
        foreach (var mount in spec.Mounts.Where(mount => mount.IsForeign))
        {
            var wanted = MountTargets.Normal(mount.Destination);
            var place = await ResolveAsync(wanted, targetOf) ?? throw Refused(wanted, "leads over links that the cell does not follow");
            if (place != wanted && MountTargets.Broken(place) is { } rule)
                throw Refused(wanted, $"is {place} in the image, which {rule}");
            places.Add(place);
        }

        if (MountTargets.Overlap(places) is { } overlap)
            throw Refused(overlap.Inner, $"is at or below {overlap.Outer}, where another volume is");
    }

    /// <summary>The path without links; what does not exist is taken as it is. Null: it leads over too many links, or over names that are no text.</summary>
    /// <param name="path">Absolute, without . and ..</param>
    /// <param name="targetOf">The target of the link with a path; null if there is no link.</param>
    public static async Task<string?> ResolveAsync(string path, Func<string, ValueTask<string?>> targetOf)
    {
        var resolved = new List<string>();
        var left = new Stack<string>(Names(path).Reverse());
        var links = 0;
        while (left.TryPop(out var name))
        {
            if (name == "..")
            {
                if (resolved.Count > 0)
                    resolved.RemoveAt(resolved.Count - 1);
                continue;
            }

            resolved.Add(name);
            if (await targetOf($"/{string.Join('/', resolved)}") is not { } target)
                continue;
            if (++links > MostLinks || target.Contains('\uFFFD'))
                return null;
            resolved.RemoveAt(resolved.Count - 1);
            if (target.StartsWith('/'))
                resolved.Clear();
            foreach (var part in Names(target).Reverse())
                left.Push(part);
        }

        return $"/{string.Join('/', resolved)}";
    }

    private static IEnumerable<string> Names(string path) => path.Split('/').Where(name => name is not ("" or "."));

    private static DomainException Refused(string place, string rule) => DomainError.Invalid("mounts", $"{place} {rule}").ToException();
}
