using Scheduler.Rep.Images;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>
/// The lower directories of a container's overlay, mapped to its users. The overlay holds on to its layers, so these mounts are removed
/// as soon as it is mounted.
/// </summary>
internal sealed class LowerLayers : IDisposable
{
    private readonly List<string> _mounted = [];

    private LowerLayers(string root, IReadOnlyList<string> names) => (Root, Names) = (root, names);

    /// <summary>The directory that <see cref="Names"/> are relative to.</summary>
    public string Root { get; }

    /// <summary>Topmost first.</summary>
    public IReadOnlyList<string> Names { get; }

    public static LowerLayers AsTheyAre(PreparedImage image) => new(image.LowerRoot, image.Lower);

    /// <param name="userNamespace">Path of the container's user namespace.</param>
    public static LowerLayers Mapped(PreparedImage image, string directory, string userNamespace)
    {
        // Numbers keep the names short: all names of an overlay mount must fit into one page.
        var layers = new LowerLayers(directory, [.. Enumerable.Range(0, image.Lower.Count).Select(number => $"{number}")]);
        try
        {
            foreach (var (lower, name) in image.Lower.Zip(layers.Names))
            {
                var target = Path.Combine(directory, name);
                Directory.CreateDirectory(target);
                MappedMounts.BindReadOnly(Path.Combine(image.LowerRoot, lower), target, userNamespace);
                layers._mounted.Add(target);
            }

            return layers;
        }
        catch
        {
            layers.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var target in _mounted)
            Mounts.Remove(target);
        _mounted.Clear();
    }
}
