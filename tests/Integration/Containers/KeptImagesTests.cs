using Scheduler.Cli.Images;
using Scheduler.Models;
using Scheduler.Rep.Images;
using Scheduler.Tests.TestKit.Containers;

namespace Scheduler.Tests.Integration.Containers;

/// <summary>What a cell says about its images, and what it removes.</summary>
public sealed class KeptImagesTests : IDisposable
{
    private static readonly LayerUse[] NoContainers = [];

    private readonly ImageStoreFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Lists_images_with_their_sizes_and_the_containers_that_use_them()
    {
        var store = _fixture.Open();
        var (small, large) = (Build("small", "base"), Build("large", "base", "more"));
        using var used = await PrepareAsync(store, small);
        (await PrepareAsync(store, large)).Dispose();
        LayerUse[] containers = [new("web", used.Image.LayerKeys), new("api", used.Image.LayerKeys), new("old", ["gone"])];

        var images = store.List(containers);
        Assert.Equal([large, small], images.Select(image => image.Name));
        Assert.Equal([2, 1], images.Select(image => image.Layers));
        Assert.Equal([8, 4], images.Select(image => image.Bytes));
        Assert.Equal([0, 3], images.Select(image => image.Containers)); // with the one that is being created
        Assert.All(images, image => Assert.StartsWith("sha256:", image.Digest));
    }

    [Fact]
    public async Task Removes_no_image_that_a_container_uses_and_no_layer_that_anything_needs()
    {
        var store = _fixture.Open();
        var (small, large) = (Build("small", "base"), Build("large", "base", "more"));
        var held = await PrepareAsync(store, small);
        (await PrepareAsync(store, large)).Dispose();

        var refused = Assert.Throws<DomainException>(() => store.Remove(small, NoContainers));
        Assert.Equal(ErrorKind.ResourceConflict, refused.Kind);
        Assert.Contains("is in use by 1 container, such as c1; nothing was removed", refused.Message);
        LayerUse[] containers = [new("web", held.Image.LayerKeys)];
        held.Dispose();
        Assert.Contains("such as web", Assert.Throws<DomainException>(() => store.Remove(small, containers)).Message);

        Assert.Equal(4, store.Remove(large, containers));
        Assert.Equal([small], store.List(containers).Select(image => image.Name));
        Assert.Equal(4, store.Remove(small, NoContainers));
        Assert.Empty(store.List(NoContainers));
        Assert.Empty(Layers());
        Assert.Equal(ErrorKind.ResourceNotFound, Assert.Throws<DomainException>(() => store.Remove(small, NoContainers)).Kind);
        Assert.Contains(
            "belongs to the cell",
            Assert.Throws<DomainException>(() => store.Remove("preloaded:busybox", NoContainers)).Message
        );
    }

    [Fact]
    public async Task A_name_goes_while_another_has_the_same_image()
    {
        var store = _fixture.Open();
        var (one, other) = (Build("one", "same"), Build("other", "same"));
        using var held = await PrepareAsync(store, one);
        (await PrepareAsync(store, other)).Dispose();
        Assert.Equal(0, store.Remove(one, NoContainers));
        Assert.Equal(other, Assert.Single(store.List(NoContainers)).Name);
    }

    [Fact]
    public async Task Prunes_what_no_container_uses_and_a_moved_tag_leaves_what_its_container_needs()
    {
        var store = _fixture.Open();
        var url = Build("web", "old");
        LayerUse[] containers;
        using (var old = await PrepareAsync(store, url))
            containers = [new("web", old.Image.LayerKeys)];
        Build("web", "new");
        (await PrepareAsync(store, url)).Dispose();

        var images = store.List(containers);
        Assert.Equal([url, ""], images.Select(image => image.Name));
        Assert.Equal([0, 1], images.Select(image => image.Containers));
        Assert.Equal((0, 0), store.Prune(TimeSpan.FromHours(1), containers));
        Assert.Equal((1, 3), store.Prune(TimeSpan.Zero, containers));
        Assert.Equal("", Assert.Single(store.List(containers)).Name);
        Assert.Equal((0, 3), store.Prune(TimeSpan.Zero, NoContainers));
        Assert.Empty(Layers());
    }

    [Fact]
    public async Task A_container_that_is_recorded_while_the_records_are_read_keeps_its_layers()
    {
        _fixture.Options.MaxStoreBytes = 0;
        var store = _fixture.Open();
        var held = await PrepareAsync(store, Build("web", "base"));
        Assert.Equal(0, store.Collect(Recorded()));
        Assert.Single(Layers());
        Assert.Equal(4, store.Collect(NoContainers));

        // Its record comes too late to be read, and then it lets go of the image.
        IEnumerable<LayerUse> Recorded()
        {
            held.Dispose();
            yield break;
        }
    }

    [Fact]
    public async Task An_image_is_pulled_for_nobody_and_counts_as_used()
    {
        var store = _fixture.Open();
        var url = Build("web", "base");
        var seen = 0;
        var pulled = await store.PullAsync(
            new ImageRequest(url) { Pulling = progress => seen += progress.Read().Image == url ? 1 : 0 },
            NoContainers,
            CancellationToken.None
        );
        Assert.Equal((url, 0, 1), (pulled.Name, pulled.Containers, seen));
        Assert.Empty(store.Pulls());
        await Assert.ThrowsAsync<DomainException>(() =>
            store.PullAsync(new ImageRequest("preloaded:busybox"), NoContainers, CancellationToken.None)
        );
    }

    private static Task<ImageStore.HeldImage> PrepareAsync(ImageStore store, string url) =>
        store.PrepareAsync(new ImageRequest(url) { Container = "c1" }, CancellationToken.None);

    private string[] Layers() => Directory.GetDirectories(Path.Combine(_fixture.Directory, "store", "layers"));

    /// <summary>An image of layers with a file each, which has the content given.</summary>
    private string Build(string name, params string[] layers)
    {
        var image = new OciLayoutBuilder();
        foreach (var content in layers)
            image.AddLayer(new RawTar().Header(content, '0', content.Length).Data(content).End());
        var directory = Path.Combine(_fixture.Directory, name);
        image.WriteDirectory(directory);
        return $"oci://{directory}";
    }
}
