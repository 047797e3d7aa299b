using Scheduler.Rep.Images;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>The lower directories of a container's overlay, seen as its users see them. An overlay keeps what it was made of, so they go as soon as it is mounted.</summary>
internal sealed class LowerLayers : IDisposable
{
    private readonly List<string> _mounted = [];

    private LowerLayers(string root, IReadOnlyList<string> names) => (Root, Names) = (root, names);

    /// <summary>What <see cref="Names"/> are relative to.</summary>
    public string Root { get; }

    /// <summary>Topmost first.</summary>
    public IReadOnlyList<string> Names { get; }

    public static LowerLayers AsTheyAre(PreparedImage image) => new(image.LowerRoot, image.Lower);

    /// <param name="userNamespace">Path of the container's user namespace.</param>
    public static LowerLayers Mapped(PreparedImage image, string directory, string userNamespace)
    {
        // Numbers for names: an overlay mount has one page for all of them.
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
        foreach (var target in _mounted) Mounts.Remove(target);
        _mounted.Clear();
    }
}
