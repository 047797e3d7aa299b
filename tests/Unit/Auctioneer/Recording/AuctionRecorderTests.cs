using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Auctioneer.Recording;
using Scheduler.Tests.TestKit.Time;
using Scheduler.Tests.Unit.Auctioneer.Bidding;

namespace Scheduler.Tests.Unit.Auctioneer.Recording;

public sealed class AuctionRecorderTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task What_the_loop_records_is_decided_the_same_again(ulong seed)
    {
        var options = new RecordingOptions { Directory = _folder.FullName };
        var recorder = new AuctionRecorder(options, TimeProvider.System, NullLogger<AuctionRecorder>.Instance);
        using var stop = new CancellationTokenSource();
        var writing = recorder.RunAsync(stop.Token);

        var world = new BiddingWorld(seed, recorder);
        for (var i = 0; i < 500; i++)
            world.Step();
        world.Settle();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);

        var file = Assert.Single(_folder.GetFiles());
        var report = InputLogReplay.Run(file.Name, await File.ReadAllBytesAsync(file.FullName));
        Assert.Equal((0, (string?)null), (report.Mismatches, report.FirstDifference));
        Assert.True(report.Decisions > 50, $"only {report.Decisions} decisions");
    }

    [Fact]
    public async Task Pauses_when_the_disk_is_too_slow_and_goes_on_in_a_new_file()
    {
        var options = new RecordingOptions { Directory = _folder.FullName, QueueLength = 16 };
        var recorder = new AuctionRecorder(options, TimeProvider.System, NullLogger<AuctionRecorder>.Instance);
        var world = new BiddingWorld(1, recorder);
        for (var i = 0; i < 200; i++)
            world.Step();

        // Nothing was written until here.
        using var stop = new CancellationTokenSource();
        var writing = recorder.RunAsync(stop.Token);
        await Wait.UntilAsync(() => _folder.GetFiles().Length == 1 && recorder.Queued == 0);
        for (var i = 0; i < 50; i++)
        {
            world.Step();
            await Wait.UntilAsync(() => recorder.Queued == 0);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);

        Assert.Equal(2, _folder.GetFiles().Length);
        foreach (var file in _folder.GetFiles())
            Assert.Equal(0, InputLogReplay.Run(file.Name, await File.ReadAllBytesAsync(file.FullName)).Mismatches);
    }
}
