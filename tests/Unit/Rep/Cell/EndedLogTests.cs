using Scheduler.Models;
using Scheduler.Rep.Logs;
using Scheduler.Rep.Runtime;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.TestKit.Rep.Actions;

namespace Scheduler.Tests.Unit.Rep.Cell;

/// <summary>The records that a cell keeps of ended containers.</summary>
public sealed class EndedLogTests
{
    [Fact]
    public void An_instance_that_crashed_leaves_its_last_lines_and_its_reason() =>
        VirtualWorld.Run(async world =>
        {
            var kept = new Kept();
            await using var cell = await CellBench.StartAsync(world, cell => cell.Ended = kept);
            kept.Before = () => Assert.DoesNotContain(cell.Reports, report => report.StartsWith("crash", StringComparison.Ordinal));
            var guid = await cell.PlaceAsync(CellBench.Lrp("exit:3@5"));
            cell.Runtime.Write(guid, "action", LogStream.Stderr, "reason of the crash");
            await world.AdvanceAsync(6);

            var ended = Assert.Single(kept.All);
            Assert.Equal(
                (guid, "web", 0, false, false, "APP: Exited with status 3"),
                (ended.ContainerGuid, ended.Guid, ended.Index, ended.IsTask, ended.Stopped, ended.Reason)
            );
            Assert.Contains(ended.Lines, line => line is { Text: "reason of the crash", Source: "APP", Stream: LogStream.Stderr });
            Assert.Equal("Exit status 3", ended.Lines[^1].Text);
            Assert.StartsWith("crash web/0", cell.Reports.Last(), StringComparison.Ordinal);
        });

    [Fact]
    public void A_task_leaves_its_lines_also_when_another_rep_finds_it_ended() =>
        VirtualWorld.Run(async world =>
        {
            var kept = new Kept();
            await using var cell = await CellBench.StartAsync(world, cell => cell.Ended = kept);
            kept.Before = () => throw new IOException("the disk is full");
            await cell.PlaceTaskAsync("job", Run("exit:4@5"));
            cell.Runtime.Write("job", "action", LogStream.Stdout, "reason of the task");
            cell.Bbs.Down = true;
            await world.AdvanceAsync(6);
            Assert.Empty(kept.All);

            kept.Before = () => { };
            await cell.RestartRepAsync();
            cell.Bbs.Down = false;
            await world.AdvanceAsync(60);

            var ended = Assert.Single(kept.All);
            Assert.Equal(("job", true), (ended.Guid, ended.IsTask));
            Assert.Contains(ended.Lines, line => line.Text == "reason of the task");
            Assert.True(await cell.IsGoneAsync("job"));
        });

    [Fact]
    public void Only_the_end_of_a_long_log_is_kept() =>
        VirtualWorld.Run(async world =>
        {
            var kept = new Kept();
            await using var cell = await CellBench.StartAsync(world, cell => (cell.Ended, cell.Options.EndedLogBytes) = (kept, 1_024));
            var guid = await cell.PlaceAsync(CellBench.Lrp("forever"));
            for (var i = 0; i < 100; i++)
                cell.Runtime.Write(guid, "action", LogStream.Stdout, $"{i:D3} {new string('x', 95)}");
            await cell.Cell.StopLrpAsync(new LrpKey("web", 0), guid);
            await world.AdvanceAsync(1);

            var ended = Assert.Single(kept.All);
            Assert.True(ended.Stopped);
            Assert.InRange(ended.Lines.Sum(line => line.Text.Length), 900, 1_024);
            Assert.Contains(ended.Lines, line => line.Text.StartsWith("099 ", StringComparison.Ordinal));
        });

    private sealed class Kept : IEndedContainers
    {
        public List<EndedContainer> All { get; } = [];

        public Action Before { get; set; } = () => { };

        public Task KeepAsync(EndedContainer ended, CancellationToken cancellation)
        {
            Before();
            All.Add(ended);
            return Task.CompletedTask;
        }

        public Task<IReadOnlyList<EndedContainer>> FindAsync(string guid, int? index, CancellationToken cancellation) =>
            throw new NotSupportedException();
    }
}
