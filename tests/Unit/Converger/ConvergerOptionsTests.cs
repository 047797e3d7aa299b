using Scheduler.Converger;

namespace Scheduler.Tests.Unit.Converger;

public sealed class ConvergerOptionsTests
{
    [Fact]
    public void The_defaults_break_no_rule() => Assert.Null(new ConvergerOptions().Validate());

    [Fact]
    public void Names_every_value_that_breaks_a_rule()
    {
        var broken = new ConvergerOptions { PacedAboveShare = 1.5, BatchSize = 0, TaskKick = TimeSpan.Zero, LossGrace = -TimeSpan.FromTicks(1), PacedCellsPerSecond = double.NaN }.Validate();
        Assert.Equal(["task-kick", "loss-grace", "batch-size", "paced-above-share", "paced-cells-per-second"], broken!.Violations.Select(violation => violation.Field));
    }
}
