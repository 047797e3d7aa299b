using Grpc.Core;
using Scheduler.Contracts.V1;
using Scheduler.Hosting;
using Scheduler.Hosting.Channels;
using Scheduler.Models;
using Scheduler.Rep;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Simulated;
using Scheduler.Simulation.Store;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Rep;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Rep;

/// <summary>What a cell answers about its images, over its real listener.</summary>
public sealed class ImageApiTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeCellImages _images = new();
    private readonly ChannelFactory _channels = new(null, new ChannelOptions());
    private BbsHost _bbs = null!;
    private ComponentHost? _host;

    private CellImageService.CellImageServiceClient Images => new(_channels.Invoker(_host!.Url));

    public async ValueTask InitializeAsync() => _bbs = await BbsHost.StartAsync(new InMemoryBbsStore(TimeProvider.System), "node-1");

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync(default);
            await _host.DisposeAsync();
        }

        await _bbs.DisposeAsync();
        _channels.Dispose();
    }

    [Fact]
    public async Task Everything_that_is_known_of_an_image_and_of_a_pull_is_told()
    {
        _images.Kept.Add(Web);
        _images.Kept.Add(Web with { Name = "", Digest = "", PulledAt = null, Containers = 0 });
        _images.UnderWay = [Pull];
        await StartAsync();
        using var listed = Images.List(new ListImagesRequest());
        var images = new List<CellImage>();
        while (await listed.ResponseStream.MoveNext(default))
            images.Add(listed.ResponseStream.Current);

        Assert.Equal(["docker://docker.io/library/web:1", ""], images.Select(image => image.Name));
        Assert.Equal(
            new CellImage
            {
                Name = Web.Name,
                Digest = "sha256:00",
                Layers = 3,
                Bytes = 4_000,
                PulledAt = UnixNanos.From(Noon),
                LastUsedAt = UnixNanos.From(Noon.AddHours(1)),
                Containers = 2,
                Private = true,
                ExposedPorts = { "80/tcp" },
            },
            images[0]
        );
        Assert.Equal(0, images[1].PulledAt);
        var pull = Assert.Single((await Images.ListPullsAsync(new ListPullsRequest())).Pulls);
        Assert.Equal(
            new Contracts.V1.ImagePull
            {
                ContainerGuid = "c-1",
                Image = Pull.Image,
                LayersDone = 1,
                Layers = 2,
                BytesDone = 10,
                Bytes = 20,
                Since = UnixNanos.From(Noon),
                Trouble = "broke off",
            },
            pull
        );
    }

    [Fact]
    public async Task A_pull_tells_how_far_it_is_and_in_the_end_the_image()
    {
        _images.UnderWay = [Pull];
        await StartAsync();
        using var call = Images.Pull(
            new PullImageRequest
            {
                RootFs = "docker://web:1",
                ImageUsername = "me",
                ImagePassword = "s3cret",
            }
        );
        Assert.Equal(10, (await NextAsync(call)).Progress.BytesDone);
        _images.Pulled.SetResult(Web);
        var last = await NextAsync(call);
        while (last.Image is null)
            last = await NextAsync(call);

        Assert.Equal(Web.Name, last.Image.Name);
        Assert.False(await call.ResponseStream.MoveNext(default));
        Assert.Equal(["pull docker://web:1 as me"], _images.Calls);
    }

    [Fact]
    public async Task A_pull_that_fails_says_why_and_one_that_nobody_waits_for_ends()
    {
        await StartAsync();
        using (var left = Images.Pull(new PullImageRequest { RootFs = "docker://web:1" }))
            await Wait.UntilAsync(() => _images.Calls.Contains("pull docker://web:1 as nobody"));
        await _images.GivenUp.Task.WaitAsync(Wait.Patience);

        _images.Pulled.SetException(DomainError.Invalid("rootfs", "image docker://web:1: no such tag").ToException());
        using var failing = Images.Pull(new PullImageRequest { RootFs = "docker://web:1" });
        var failure = await Assert.ThrowsAsync<DomainException>(() => NextAsync(failing));
        Assert.Equal(ErrorKind.InvalidRequest, failure.Kind);
        Assert.Contains("image docker://web:1: no such tag", failure.Message);
    }

    [Fact]
    public async Task A_cell_that_ends_ends_its_pulls()
    {
        _images.UnderWay = [Pull];
        await StartAsync();
        using var call = Images.Pull(new PullImageRequest { RootFs = "docker://web:1" });
        await NextAsync(call);
        await _host!.StopAsync(default);

        await _images.GivenUp.Task.WaitAsync(Wait.Patience);
        var ended = await Assert.ThrowsAsync<DomainException>(async () =>
        {
            while (true)
                await NextAsync(call);
        });
        Assert.Equal(ErrorKind.Unavailable, ended.Kind);
    }

    [Fact]
    public async Task Images_are_removed_by_name_or_by_how_long_nothing_used_them()
    {
        await StartAsync();
        Assert.Equal(7, (await Images.RemoveAsync(new RemoveImageRequest { RootFs = "docker://web:1" })).Bytes);
        var pruned = await Images.PruneAsync(new PruneImagesRequest { UnusedForMs = 3_600_000 });

        Assert.Equal((2u, 9L), (pruned.Images, pruned.Bytes));
        Assert.Equal(["remove docker://web:1", "prune 01:00:00"], _images.Calls);
    }

    [Fact]
    public async Task What_breaks_a_rule_is_refused()
    {
        await StartAsync();
        await RefusedAsync(
            "image_username: must be set together with image_password",
            new PullImageRequest { RootFs = "a", ImagePassword = "x" }
        );
        var failure = await Assert.ThrowsAsync<DomainException>(async () =>
            await Images.PruneAsync(new PruneImagesRequest { UnusedForMs = ulong.MaxValue })
        );
        Assert.Equal(ErrorKind.InvalidRequest, failure.Kind);
        Assert.Contains("unused_for_ms: must be at most", failure.Message);
        Assert.Empty(_images.Calls);
    }

    [Fact]
    public async Task A_runtime_that_keeps_no_images_says_so()
    {
        await StartAsync(hasImages: false);
        var failure = await RefusedAsync("cell cell-1 keeps no images", new PullImageRequest { RootFs = "docker://web:1" });
        Assert.Equal(ErrorKind.InvalidStateTransition, failure.Kind);
    }

    private static KeptImage Web { get; } =
        new()
        {
            Name = "docker://docker.io/library/web:1",
            Digest = "sha256:00",
            Layers = 3,
            Bytes = 4_000,
            PulledAt = Noon,
            LastUsedAt = Noon.AddHours(1),
            Containers = 2,
            IsPrivate = true,
            ExposedPorts = ["80/tcp"],
        };

    private static Scheduler.Rep.Runtime.ImagePull Pull { get; } =
        new()
        {
            Container = "c-1",
            Image = "docker://web:1",
            LayersDone = 1,
            Layers = 2,
            BytesDone = 10,
            Bytes = 20,
            Since = Noon,
            Trouble = "broke off",
        };

    private async Task<DomainException> RefusedAsync(string message, PullImageRequest request)
    {
        using var call = Images.Pull(request);
        var failure = await Assert.ThrowsAsync<DomainException>(() => NextAsync(call));
        Assert.Contains(message, failure.Message);
        return failure;
    }

    private static async Task<PullImageResponse> NextAsync(AsyncServerStreamingCall<PullImageResponse> call)
    {
        Assert.True(await call.ResponseStream.MoveNext(default).WaitAsync(Wait.Patience));
        return call.ResponseStream.Current;
    }

    private async Task StartAsync(bool hasImages = true) =>
        _host = await RepHost.StartAsync(
            new RepOptions
            {
                CellId = "cell-1",
                MemoryMb = 1000,
                DiskMb = 1000,
                PreloadedRootFs = ["linux"],
                AdvertiseAddress = "127.0.0.1",
            },
            new SimulatedRuntime(new SimulationScript(), TimeProvider.System) { Images = hasImages ? _images : null },
            _bbs.Url
        );
}
