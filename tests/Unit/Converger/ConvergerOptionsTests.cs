using Scheduler.Converger;
using Scheduler.Hosting.Settings;

namespace Scheduler.Tests.Unit.Converger;

public sealed class ConvergerOptionsTests
{
    [Fact]
    public void The_defaults_break_no_rule() => Assert.Empty(OptionRules.Violations(new ConvergerOptions()));

    [Fact]
    public void Names_every_value_that_breaks_a_rule()
    {
        var broken = OptionRules.Violations(
            new ConvergerOptions
            {
                PacedAboveShare = 1.5,
                BatchSize = 0,
                TaskKick = TimeSpan.Zero,
                LossGrace = -TimeSpan.FromTicks(1),
                PacedCellsPerSecond = double.NaN,
            }
        );
        Assert.Equal(
            ["task-kick", "batch-size", "paced-above-share", "paced-cells-per-second", "loss-grace"],
            broken.Select(violation => violation.Field)
        );
    }
}
