using Scheduler.Models;
using Scheduler.Rep;
using Scheduler.Rep.Logs;
using Scheduler.Rep.Runtime;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.TestKit.Rep.Actions;

namespace Scheduler.Tests.Unit.Rep.Logs;

public sealed class ContainerLogReaderTests
{
    [Fact]
    public void Merges_processes_and_the_cells_own_lines_by_time() =>
        VirtualWorld.Run(async world =>
        {
            var bench = await BenchAsync(world);
            bench.Runtime.Write(StepBench.Handle, "action.0", LogStream.Stdout, "one");
            await world.AdvanceAsync(1);
            bench.Log.Say("CELL", LogStream.Stdout, "two");
            await world.AdvanceAsync(1);
            bench.Runtime.Write(StepBench.Handle, "action.1", LogStream.Stderr, "three");
            await world.AdvanceAsync(1);
            bench.Runtime.Write(StepBench.Handle, "action.0", LogStream.Stdout, "four");

            Assert.Equal(["WEB: one", "CELL: two", "SIDE: three", "WEB: four"], await ReadAsync(bench, 0));
            Assert.Equal(["SIDE: three", "WEB: four"], await ReadAsync(bench, 2));
            Assert.Equal(["WEB: four"], await ReadAsync(bench, 1));
        });

    [Fact]
    public void Follows_what_comes_processes_that_start_later_included_until_the_container_is_gone() =>
        VirtualWorld.Run(async world =>
        {
            var bench = await BenchAsync(world);
            bench.Runtime.Write(StepBench.Handle, "action.0", LogStream.Stdout, "old");
            bench.Runtime.Write(StepBench.Handle, "action.0", LogStream.Stdout, "last");
            var lines = new List<string>();
            var following = FollowAsync(bench, lines);
            await world.AdvanceAsync(1);
            Assert.Equal(["WEB: last"], lines);

            bench.Runtime.Write(StepBench.Handle, "action.1", LogStream.Stdout, "new");
            await world.SettleAsync();
            await bench.Runtime.StartProcessAsync(StepBench.Handle, "later", new ProcessSpec { Path = "forever" }, default);
            bench.Runtime.Write(StepBench.Handle, "later", LogStream.Stdout, "first words");
            bench.Log.Add(new LoggedProcess("later", "LATER"));
            await world.SettleAsync();
            bench.Log.Say("CELL", LogStream.Stdout, "destroying");
            await bench.Runtime.DestroyAsync(StepBench.Handle, default);
            bench.Log.End();
            await world.FinishAsync(following, TimeSpan.FromSeconds(1));

            Assert.Equal(["WEB: last", "SIDE: new", "LATER: first words", "CELL: destroying"], lines);
        });

    [Fact]
    public void A_reader_that_leaves_leaves_nothing_behind() =>
        VirtualWorld.Run(async world =>
        {
            var bench = await BenchAsync(world);
            using var leaving = new CancellationTokenSource();
            var following = FollowAsync(bench, [], leaving.Token);
            await world.AdvanceAsync(1);
            leaving.Cancel();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => world.FinishAsync(following, TimeSpan.FromSeconds(1)));
        });

    [Fact]
    public void The_rate_limit_drops_the_rest_of_a_second_and_says_so_once() =>
        VirtualWorld.Run(async world =>
        {
            var bench = await BenchAsync(world);
            for (var second = 0; second < 2; second++)
            {
                for (var i = 0; i < 4; i++)
                    bench.Runtime.Write(StepBench.Handle, "action.0", LogStream.Stdout, $"123456{second}{i}");
                bench.Log.Say("CELL", LogStream.Stdout, "always");
                await world.AdvanceAsync(1);
            }

            Assert.Equal(
                [
                    "CELL: always",
                    "WEB: 12345600",
                    "WEB: 12345601",
                    "WEB: app instance exceeded log rate limit (20 bytes/sec)",
                    "CELL: always",
                    "WEB: 12345610",
                    "WEB: 12345611",
                    "WEB: app instance exceeded log rate limit (20 bytes/sec)",
                ],
                await ReadAsync(bench, 0, bytesPerSecond: 20)
            );
            Assert.Equal(["CELL: always", "CELL: always"], await ReadAsync(bench, 0, bytesPerSecond: 0));
        });

    [Fact]
    public void A_containers_log_has_the_cells_lines_around_its_output() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            var guid = await cell.PlaceAsync(CellBench.Lrp("exit:3@2", lrp => lrp.Setup = Run("exit:0", "STG")));
            await world.AdvanceAsync(1);
            cell.Runtime.Write(guid, "action", LogStream.Stdout, "hello");
            var (log, limit) = await cell.Cell.LogOfAsync(guid);
            var lines = new List<string>();
            var following = ReadAllAsync(
                new ContainerLogReader(cell.Runtime, guid, log, limit, cell.Node.Metrics),
                follow: true,
                tail: 0,
                lines,
                default
            );
            await world.AdvanceAsync(5);
            await world.FinishAsync(following, TimeSpan.FromSeconds(1));

            Assert.Equal(
                [
                    $"LOG: Cell cell-1 creating container for instance {guid}",
                    $"LOG: Cell cell-1 successfully created container for instance {guid}",
                    "STG: Exit status 0",
                    "APP: hello",
                    "APP: Exit status 3",
                    $"LOG: Cell cell-1 destroying container for instance {guid}",
                    $"LOG: Cell cell-1 successfully destroyed container for instance {guid}",
                ],
                lines
            );
            Assert.Equal(ErrorKind.ResourceNotFound, (await Assert.ThrowsAsync<DomainException>(() => cell.Cell.LogOfAsync(guid))).Kind);
        });

    private static async Task<StepBench> BenchAsync(VirtualWorld world)
    {
        var bench = await StepBench.CreateAsync(world);
        _ = bench.RunAsync(Parallel(Run("forever", "WEB"), Run("forever", "SIDE")));
        await world.SettleAsync();
        return bench;
    }

    private static async Task<List<string>> ReadAsync(StepBench bench, int tail, long bytesPerSecond = -1)
    {
        var lines = new List<string>();
        await ReadAllAsync(Reader(bench, bytesPerSecond), follow: false, tail, lines, default);
        return lines;
    }

    private static Task FollowAsync(StepBench bench, List<string> lines, CancellationToken cancellation = default) =>
        ReadAllAsync(Reader(bench, -1), follow: true, tail: 1, lines, cancellation);

    private static ContainerLogReader Reader(StepBench bench, long bytesPerSecond) =>
        new(bench.Runtime, StepBench.Handle, bench.Log, bytesPerSecond, new RepMetrics(new CellId("cell-1")));

    private static async Task ReadAllAsync(
        ContainerLogReader reader,
        bool follow,
        int tail,
        List<string> lines,
        CancellationToken cancellation
    )
    {
        await foreach (var line in reader.ReadAsync(tail, follow, cancellation))
            lines.Add($"{line.Source}: {line.Text}");
    }
}
