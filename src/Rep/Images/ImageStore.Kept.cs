using Scheduler.Models;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Images;

/// <summary>Layers that a container needs.</summary>
/// <param name="Container">Its handle; empty for none.</param>
/// <param name="Keys">Topmost first; empty for a preloaded root filesystem.</param>
internal sealed record LayerUse(string Container, IReadOnlyList<string> Keys);

/// <summary>What the store keeps, and the removal of what nothing needs.</summary>
internal sealed partial class ImageStore
{
    /// <param name="containers">All existing containers.</param>
    public IReadOnlyList<KeptImage> List(IEnumerable<LayerUse> containers)
    {
        Inventory inventory;
        lock (_lock)
            inventory = Take(containers);
        var images = inventory
            .Images.GroupBy(image => (image.Known.Image.Name, image.Keys[0]))
            .Select(same => inventory.Show([.. same]))
            .OrderBy(image => image.Name, StringComparer.Ordinal);
        return inventory.Unnamed() is { } unnamed ? [.. images, unnamed] : [.. images];
    }

    /// <summary>Gets an image for nobody in particular, so that later containers need not wait for it.</summary>
    /// <param name="containers">All existing containers; read at the end.</param>
    public async Task<KeptImage> PullAsync(ImageRequest request, IEnumerable<LayerUse> containers, CancellationToken cancellation)
    {
        var name = NameOf(request.Url);
        (await PrepareAsync(request with { Policy = ImagePullPolicy.Always }, cancellation)).Dispose();
        Inventory inventory;
        lock (_lock)
            inventory = Take(containers);
        return inventory.Images.Where(image => image.Known.Image.Name == name).MaxBy(image => image.Known.UsedAt) is { } pulled
            ? inventory.Show([pulled])
            : throw new DomainError(
                ErrorKind.ResourceNotFound,
                $"the image {request.Url} was removed as soon as it was pulled"
            ).ToException();
    }

    /// <exception cref="DomainException">The store does not have the image, or a container uses it.</exception>
    public long Remove(string url, IEnumerable<LayerUse> containers)
    {
        var name = NameOf(url);
        DetachedLayers detached;
        lock (_lock)
        {
            var inventory = Take(containers);
            var doomed = inventory.Images.Where(image => image.Known.Image.Name == name).ToList();
            if (doomed.Count == 0)
                throw new DomainError(ErrorKind.ResourceNotFound, $"this cell does not have the image {url}").ToException();
            var others = inventory.Images.Except(doomed).Select(image => image.Keys[0]).ToHashSet();
            string[] users = [.. doomed.Where(image => !others.Contains(image.Keys[0])).SelectMany(inventory.UsersOf).Distinct()];
            if (users is [var first, ..])
                throw new DomainError(
                    ErrorKind.ResourceConflict,
                    $"the image {url} is in use by {Count(users.Length, "container")}, such as {first}; nothing was removed"
                ).ToException();
            detached = Forget(inventory, doomed, _ => false);
        }

        detached.Delete();
        return detached.Bytes;
    }

    /// <param name="unusedFor">Only what was not used for so long; zero: all.</param>
    public (int Images, long Bytes) Prune(TimeSpan unusedFor, IEnumerable<LayerUse> containers)
    {
        DetachedLayers detached;
        List<Entry> doomed;
        lock (_lock)
        {
            var before = _time.GetUtcNow() - unusedFor;
            var inventory = Take(containers);
            doomed = [.. inventory.Images.Where(image => image.Known.UsedAt <= before && inventory.UsersOf(image).Count == 0)];
            detached = Forget(inventory, doomed, layer => layer.UsedAt <= before);
            _pulled.Collect(layer => _layers.Has(layer.ChainId));
        }

        detached.Delete();
        return (doomed.Select(image => image.Known.Image.Name).Distinct().Count(), detached.Bytes);
    }

    /// <summary>The name in the records.</summary>
    private static string NameOf(string url) =>
        ImageReference.Parse(url) switch
        {
            ImageReference.Preloaded => throw DomainError
                .Invalid("root_fs", $"must be an image: {url} belongs to the cell, which neither pulls nor removes it")
                .ToException(),
            ImageReference.Registry registry => registry.Name.ToString(),
            _ => url,
        };

    private static string Count(int number, string noun) => number == 1 ? $"1 {noun}" : $"{number} {noun}s";

    /// <summary>Removes records, and their layers as far as neither a container nor another record needs them.</summary>
    /// <param name="mayGo">Which other layers may go too.</param>
    private DetachedLayers Forget(Inventory inventory, List<Entry> doomed, Func<StoredLayer, bool> mayGo)
    {
        foreach (var image in doomed)
            _pulled.Remove(image.Known.Record);
        HashSet<string> needed = [.. inventory.Uses.Keys, .. inventory.Images.Except(doomed).SelectMany(image => image.Keys)];
        var candidates = doomed.SelectMany(image => image.Keys).ToHashSet();
        candidates.UnionWith(inventory.Layers.Values.Where(mayGo).Select(layer => layer.Key));
        return _layers.Detach(inventory.Layers.Values.Where(layer => candidates.Contains(layer.Key) && !needed.Contains(layer.Key)));
    }

    /// <summary>Call under the lock: then a container is among those given, or what it needs is held.</summary>
    private LayerUses Uses(IEnumerable<LayerUse> containers)
    {
        // What is held comes first: a container that lets go while the others are read has its record by then.
        var uses = new LayerUses();
        foreach (var use in _held.Select(held => held.Use).ToList().Concat(containers))
            uses.Add(use);
        return uses;
    }

    private Inventory Take(IEnumerable<LayerUse> containers)
    {
        var layers = _layers.All().ToDictionary(layer => layer.Key);
        return new Inventory(
            layers,
            [
                .. _pulled
                    .All()
                    .Select(known => new Entry(known, [.. known.Image.Layers.Select(layer => LayerStore.Key(layer.ChainId)).Reverse()]))
                    .Where(image => image.Keys.Count > 0 && image.Keys.All(layers.ContainsKey)),
            ],
            Uses(containers)
        );
    }

    /// <summary>A recorded image whose layers are all there.</summary>
    /// <param name="Keys">Topmost first.</param>
    private sealed record Entry(KnownImage Known, IReadOnlyList<string> Keys);

    private sealed class LayerUses
    {
        private readonly Dictionary<string, HashSet<string>> _byTop = [];
        private int _clients;

        public HashSet<string> Keys { get; } = [];

        public IReadOnlyDictionary<string, HashSet<string>> ByTop => _byTop;

        public void Add(LayerUse use)
        {
            if (use.Keys.Count == 0)
                return;
            Keys.UnionWith(use.Keys);
            if (!_byTop.TryGetValue(use.Keys[0], out var users))
                _byTop.Add(use.Keys[0], users = []);
            users.Add(use.Container.Length > 0 ? use.Container : $"pull-{++_clients}");
        }
    }

    private sealed record Inventory(IReadOnlyDictionary<string, StoredLayer> Layers, IReadOnlyList<Entry> Images, LayerUses Uses)
    {
        /// <summary>The layers of an image identify it, so containers that were created from it under another name count too.</summary>
        public IReadOnlyCollection<string> UsersOf(Entry image) => Uses.ByTop.TryGetValue(image.Keys[0], out var users) ? users : [];

        /// <param name="same">Records of one name and one content, pulled with different credentials.</param>
        public KeptImage Show(IReadOnlyList<Entry> same)
        {
            var (known, keys) = same[0];
            return new KeptImage
            {
                Name = ImageName.TryParse(known.Image.Name, out _, out _) ? $"{ImageName.Scheme}://{known.Image.Name}" : known.Image.Name,
                Digest = known.Image.Digest ?? "",
                Layers = keys.Count,
                Bytes = keys.Sum(key => Layers[key].Bytes),
                PulledAt = same.Max(image => image.Known.Image.PulledAt),
                LastUsedAt = same.Max(image => image.Known.UsedAt),
                Containers = UsersOf(same[0]).Count,
                IsPrivate = same.All(image => image.Known.Image.IsPrivate),
                ExposedPorts = ExposedPorts.Of(known.Image.Defaults.ExposedPorts),
            };
        }

        /// <summary>The layers that no image needs: of removed names, of tags that have moved, of earlier versions.</summary>
        public KeptImage? Unnamed()
        {
            var named = Images.SelectMany(image => image.Keys).ToHashSet();
            StoredLayer[] rest = [.. Layers.Values.Where(layer => !named.Contains(layer.Key))];
            if (rest.Length == 0)
                return null;
            var tops = Images.Select(image => image.Keys[0]).ToHashSet();
            return new KeptImage
            {
                Name = "",
                Layers = rest.Length,
                Bytes = rest.Sum(layer => layer.Bytes),
                LastUsedAt = rest.Max(layer => layer.UsedAt),
                Containers = Uses.ByTop.Where(use => !tops.Contains(use.Key)).SelectMany(use => use.Value).Distinct().Count(),
            };
        }
    }
}
