using Scheduler.Models;
using Scheduler.Rep.Runs;
using Scheduler.Rep.Runtime;
using Scheduler.Tests.TestKit.Rep;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Rep.Runs;

public sealed class PullLinesTests
{
    private static readonly ContainerInfo Created = new()
    {
        Spec = new ContainerSpec { Handle = "mine", RootFs = "docker://nginx:1" },
        State = ContainerState.Ready,
        CreatedAt = DateTimeOffset.UnixEpoch,
    };

    private readonly FakeCellImages _images = new();
    private readonly List<string> _said = [];

    [Fact]
    public void Says_how_far_the_image_is_ever_more_seldom_and_how_long_it_took() =>
        VirtualWorld.Run(async world =>
        {
            var creating = new TaskCompletionSource<ContainerInfo>();
            var during = DuringAsync(world, creating.Task);
            for (var second = 0; second < 60; second++)
            {
                _images.UnderWay = [Pull("other", 0), Pull("mine", second)];
                await world.AdvanceAsync(1);
            }

            _images.UnderWay = [];
            creating.SetResult(Created);
            Assert.Same(Created, await world.ResultAsync(during, TimeSpan.Zero));
            // After 1, 2, 4, 8, 16, 16 … seconds.
            Assert.Equal(
                [
                    .. new[] { 0, 2, 6, 14, 30, 46 }.Select(second => $"pulling nginx:1: layer 1/2, {second} of 100 MB"),
                    "pulled docker://nginx:1 within 60 s",
                ],
                _said
            );
        });

    [Fact]
    public void Says_nothing_of_a_container_whose_image_is_there() =>
        VirtualWorld.Run(async world =>
        {
            var creating = new TaskCompletionSource<ContainerInfo>();
            _images.UnderWay = [Pull("other", 1)];
            var during = DuringAsync(world, creating.Task);
            await world.AdvanceAsync(30);
            creating.SetResult(Created);
            await world.FinishAsync(during, TimeSpan.Zero);

            Assert.Empty(_said);
        });

    [Fact]
    public void A_creation_that_fails_fails_with_its_own_reason() =>
        VirtualWorld.Run(async world =>
        {
            var creating = new TaskCompletionSource<ContainerInfo>();
            _images.UnderWay = [Pull("mine", 1)];
            var during = DuringAsync(world, creating.Task);
            await world.AdvanceAsync(1);
            creating.SetException(new DomainError(ErrorKind.Unavailable, "no registry").ToException());
            await world.SettleAsync();

            Assert.Equal("no registry", (await Assert.ThrowsAsync<DomainException>(() => during)).Message);
            Assert.Single(_said);
        });

    [Fact]
    public void A_runtime_without_images_has_nothing_to_say() =>
        VirtualWorld.Run(async world =>
        {
            Assert.Same(Created, await PullLines.DuringAsync(Task.FromResult(Created), null, "mine", world.Time, _said.Add));
            Assert.Empty(_said);
        });

    private Task<ContainerInfo> DuringAsync(VirtualWorld world, Task<ContainerInfo> creating) =>
        PullLines.DuringAsync(creating, _images, "mine", world.Time, _said.Add);

    private static ImagePull Pull(string container, int megabytes) =>
        new()
        {
            Container = container,
            Image = "docker://nginx:1",
            Layers = 2,
            BytesDone = megabytes * 1_000_000L,
            Bytes = 100_000_000,
            Since = DateTimeOffset.UnixEpoch,
        };
}
