using Scheduler.Contracts.V1;
using Scheduler.Rep.Steps;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Rep.Steps;

public sealed class TransferStepTests
{
    private static readonly LrpAction Download = new()
    {
        DownloadAction = new DownloadAction { Artifact = "app", LogSource = "STG" },
    };

    private static readonly LrpAction Upload = new() { UploadAction = new UploadAction { Artifact = "droplet" } };

    [Fact]
    public void A_transfer_says_its_name_and_size_and_is_not_repeated() =>
        VirtualWorld.Run(async world =>
        {
            var bench = await StepBench.CreateAsync(world);
            var files = new FakeTransfer(new TransferResult(null, 1536));
            bench.Files = files;

            Assert.True((await bench.RunAsync(Download)).Succeeded);
            Assert.Equal(["STG: Downloading app...", "STG: Downloaded app (1.5K)"], bench.Lines);
            Assert.True((await bench.RunAsync(Download)).Succeeded);
            Assert.Equal(1, files.Calls);
        });

    [Fact]
    public void A_failure_names_what_failed() =>
        VirtualWorld.Run(async world =>
        {
            var bench = await StepBench.CreateAsync(world);
            bench.Files = new FakeTransfer(new TransferResult(new StepError("the server is away") { Permanent = true }));

            var error = (await bench.RunAsync(Upload)).Error!;

            Assert.Equal(("Uploading droplet failed: the server is away", true), (error.Message, error.Permanent));
            Assert.Equal(["APP: Uploading droplet...", "APP: Uploading droplet failed"], bench.Lines);
        });

    [Fact]
    public void A_stop_cancels_the_transfer() =>
        VirtualWorld.Run(async world =>
        {
            var bench = await StepBench.CreateAsync(world);
            var files = new FakeTransfer(null);
            bench.Files = files;
            var running = bench.RunAsync(Download);
            await world.SettleAsync();
            bench.Stop.Request(world.Time.GetUtcNow());

            Assert.Equal(StepErrorKind.Cancelled, (await running).Error!.Kind);
            Assert.True(files.WasCancelled);
        });

    [Theory]
    [InlineData(0, "0B")]
    [InlineData(1023, "1023B")]
    [InlineData(1024, "1K")]
    [InlineData(1536, "1.5K")]
    [InlineData(20L << 20, "20M")]
    [InlineData(long.MaxValue, "8E")]
    public void Sizes_read_as_in_Diego(long bytes, string text) => Assert.Equal(text, ByteSize.Format(bytes));

    private sealed class FakeTransfer(TransferResult? result) : IFileTransfer
    {
        public int Calls { get; private set; }

        public bool WasCancelled { get; private set; }

        public Task<TransferResult> DownloadAsync(string handle, DownloadAction action, CancellationToken cancellation) =>
            DoAsync(cancellation);

        public Task<TransferResult> UploadAsync(string handle, UploadAction action, CancellationToken cancellation) =>
            DoAsync(cancellation);

        private Task<TransferResult> DoAsync(CancellationToken cancellation)
        {
            Calls++;
            if (result is { } known)
                return Task.FromResult(known);
            var ended = new TaskCompletionSource<TransferResult>();
            cancellation.Register(() =>
            {
                WasCancelled = true;
                ended.SetCanceled(cancellation);
            });
            return ended.Task;
        }
    }
}
