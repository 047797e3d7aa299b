using Scheduler.Contracts.V1;
using Scheduler.Rep.Access;

namespace Scheduler.Tests.Unit.Rep.Access;

public sealed class WorkProcessTests
{
    [Fact]
    public void The_command_of_a_sequence_is_its_last_and_of_parallel_ones_the_first()
    {
        var serial = new SerialAction
        {
            Actions =
            {
                Run("prepare"),
                Timed(Run("serve")),
                new LrpAction { UploadAction = new UploadAction() },
            },
        };
        var codependent = new CodependentAction
        {
            Actions =
            {
                new LrpAction { SerialAction = serial },
                Run("sshd"),
            },
        };

        Assert.Equal("serve", WorkProcess.MainOf(new LrpAction { CodependentAction = codependent })!.Path);
        Assert.Equal(
            "a",
            WorkProcess.MainOf(new LrpAction { ParallelAction = new ParallelAction { Actions = { Run("a"), Run("b") } } })!.Path
        );
    }

    [Fact]
    public void Work_without_a_command_has_none()
    {
        Assert.Null(WorkProcess.MainOf(null));
        Assert.Null(WorkProcess.MainOf(new LrpAction()));
        Assert.Null(WorkProcess.MainOf(new LrpAction { TryAction = new TryAction() }));
        Assert.Null(WorkProcess.MainOf(new LrpAction { DownloadAction = new DownloadAction() }));
    }

    private static LrpAction Run(string path) => new() { RunAction = new RunAction { Path = path } };

    private static LrpAction Timed(LrpAction action) => new() { TimeoutAction = new TimeoutAction { Action = action } };
}
