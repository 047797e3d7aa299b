using Scheduler.Bbs.Commands.Actual;
using Scheduler.Bbs.Commands.Cells;
using Scheduler.Bbs.Commands.Desired;
using Scheduler.Bbs.Commands.Tasks;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Bbs;
using Mode = Scheduler.Contracts.V1.CellLoss.Types.Mode;
using Standing = Scheduler.Contracts.V1.AbsentCell.Types.Standing;
using Verdict = Scheduler.Contracts.V1.AbsentCell.Types.Verdict;

namespace Scheduler.Tests.Unit.Bbs.Commands.Cells;

public sealed class AbsenceTests
{
    private readonly StateBench _bench = new();

    private AbsentCell? Row => _bench.State.AbsentCells.GetValueOrDefault("cell-1");

    [Fact]
    public void A_cell_that_goes_with_work_on_it_is_absent_until_it_returns()
    {
        Run("web", "cell-1");
        _bench.LoseCell("cell-1");
        Assert.Equal(["CellDisappeared", "CellAbsent"], _bench.EventNames());
        Assert.Equal((Standing.Unheard, Verdict.None, Nanoseconds(_bench.Time.GetUtcNow())), (Row!.Standing, Row.Verdict, Row.Since));
        _bench.Do(new LoseCells(new LoseCellsRequest { CellIds = { "cell-1" } }));

        _bench.Cell("cell-1");
        Assert.Equal(["CellAbsenceEnded", "CellAppeared"], _bench.EventNames());
        Assert.True(_bench.Events[0].CellAbsenceEnded.Returned);
        Assert.Null(Row);
        // The next absence begins without the word about this one.
        _bench.LoseCell("cell-1");
        Assert.Equal(Verdict.None, Row!.Verdict);
    }

    [Fact]
    public void Nothing_of_a_kept_cell_is_replaced_by_what_was_decided_before()
    {
        Run("web", "cell-1");
        _bench.LoseCell("cell-1");
        var suspect = new ConvergenceCommand { Suspect = _bench.Version("web") };
        _bench.Do(new KeepCells(new KeepCellsRequest { CellIds = { "cell-1" } }));
        Assert.Equal(ErrorKind.StaleVersion, _bench.Repair(suspect));
        _bench.Time.Advance(TimeSpan.FromSeconds(KeepCells.DefaultSeconds));
        Assert.Null(_bench.Repair(suspect));
    }

    [Fact]
    public void An_idle_cell_leaves_nothing_to_be_lost()
    {
        _bench.Cell("cell-1");
        _bench.LoseCell("cell-1");
        Assert.Equal(["CellDisappeared"], _bench.EventNames());
        Assert.Empty(_bench.State.AbsentCells);
    }

    [Fact]
    public void The_absence_ends_with_the_last_of_what_the_cell_owned()
    {
        Run("web", "cell-1");
        _bench.Do(new DesireTask(A.Task("job")));
        _bench.Do(new StartTask(new StartTaskRequest { TaskGuid = "job", CellId = "cell-1" }));
        _bench.LoseCell("cell-1");
        _bench.Suspect("web");
        Assert.NotNull(Row);
        Assert.Null(_bench.Repair(new ConvergenceCommand { RemoveSuspect = _bench.Version("web", 0, LrpPresence.Suspect) }));
        Assert.NotNull(Row);
        // The task keeps the name of its cell, and is over.
        _bench.Do(new CancelTask("job"));
        Assert.Contains("CellAbsenceEnded", _bench.EventNames());
        Assert.False(_bench.Events.Single(told => told.CellAbsenceEnded is not null).CellAbsenceEnded.Returned);
        Assert.Null(Row);
    }

    [Fact]
    public void A_cell_that_withdraws_with_work_on_it_is_lost_at_once()
    {
        Run("web", "cell-1");
        _bench.Do(new WithdrawCell("cell-1", "run-of-cell-1"));
        Assert.Equal(Standing.Lost, Row!.Standing);
    }

    [Fact]
    public void A_loss_is_told_once()
    {
        Run("web", "cell-1");
        _bench.LoseCell("cell-1");
        Report(Mode.AtOnce, 0, "cell-1");
        Assert.Equal(["CellAbsent"], _bench.EventNames());
        Assert.Equal((Standing.Lost, Nanoseconds(_bench.Time.GetUtcNow())), (Row!.Standing, Row.LostAt));
        _bench.Time.Advance(TimeSpan.FromSeconds(1));
        Report(Mode.AtOnce, 0, "cell-1");
        Assert.Null(_bench.Batch);
    }

    [Fact]
    public void Only_what_is_absent_and_not_kept_can_be_lost()
    {
        Run("web", "cell-1");
        _bench.Cell("idle");
        Report(Mode.AtOnce, 0, "cell-1", "idle", "never-heard-of");
        Assert.Null(_bench.Batch);
        _bench.LoseCell("cell-1");
        _bench.Do(new KeepCells(new KeepCellsRequest { CellIds = { "cell-1" }, DurationSeconds = 60 }));
        Report(Mode.AtOnce, 0, "cell-1");
        Assert.Null(_bench.Batch);
        _bench.Time.Advance(TimeSpan.FromSeconds(60));
        Report(Mode.AtOnce, 0, "cell-1");
        Assert.Equal(Standing.Lost, Row!.Standing);
    }

    [Fact]
    public void How_it_goes_is_told_as_it_changes_with_what_came_of_it_at_the_end()
    {
        foreach (var cell in (string[])["cell-1", "cell-2", "cell-3"])
        {
            Run($"on-{cell}", cell);
            _bench.LoseCell(cell);
        }
        var began = Nanoseconds(_bench.Time.GetUtcNow());
        Report(Mode.Held, 3);
        _bench.Time.Advance(TimeSpan.FromMinutes(5));
        Report(Mode.Paced, 2, "cell-1");
        Assert.Equal((Mode.Paced, began, 2, 1), Told());
        Report(Mode.Paced, 2, "cell-1");
        Assert.Null(_bench.Batch);
        Report(Mode.Paced, 1, "cell-2");
        Assert.Single(_bench.State.CellLosses);
        Report(Mode.AtOnce, 0, "cell-3");
        Assert.Equal((Mode.AtOnce, began, 0, 3), Told());
        Assert.Empty(_bench.State.CellLosses);
        Report(Mode.AtOnce, 0);
        Assert.Null(_bench.Batch);
    }

    [Fact]
    public void All_means_those_that_are_not_given_up()
    {
        foreach (var cell in (string[])["cell-1", "cell-2", "cell-3"])
        {
            Run($"on-{cell}", cell);
            _bench.LoseCell(cell);
        }
        Run("here", "cell-4");
        Report(Mode.AtOnce, 0, "cell-2");
        var kept = _bench.Do(new KeepCells(new KeepCellsRequest { All = true }));
        Assert.Equal(["cell-1", "cell-3"], kept.Cells.Select(cell => cell.CellId));
        Assert.Equal(Nanoseconds(_bench.Time.GetUtcNow() + TimeSpan.FromHours(4)), kept.Cells[0].KeepUntil);
        Assert.Equal(["cell-1", "cell-3"], _bench.Do(new LoseCells(new LoseCellsRequest { All = true })).Cells.Select(cell => cell.CellId));
        Assert.Equal((Verdict.Lose, 0), (Row!.Verdict, Row.KeepUntil));
        _bench.Do(new LoseCells(new LoseCellsRequest { All = true }));
        Assert.Null(_bench.Batch);
    }

    [Fact]
    public void A_word_about_what_cannot_be_meant_is_refused_with_the_reason()
    {
        Run("web", "cell-1");
        Assert.Equal(ErrorKind.InvalidStateTransition, _bench.Refusal(Keep("cell-1")));
        Run("more", "cell-2");
        _bench.LoseCell("cell-2");
        var unknown = _bench.Try(Keep("cell-2", "cell-9")).Error!;
        Assert.Equal(
            (ErrorKind.ResourceNotFound, "no cell \"cell-9\" is absent and still owns work; such cells are cell-2"),
            (unknown.Kind, unknown.Message)
        );
        Report(Mode.AtOnce, 0, "cell-2");
        Assert.Equal(ErrorKind.InvalidStateTransition, _bench.Refusal(Keep("cell-2")));
        Assert.Equal(
            Standing.Lost,
            Assert.Single(_bench.Do(new LoseCells(new LoseCellsRequest { CellIds = { "cell-2" } })).Cells).Standing
        );
    }

    [Fact]
    public void Work_can_name_a_cell_that_nobody_saw_go()
    {
        _bench.Do(new DesireLrp(A.DesiredLrp("web", 1)));
        _bench.Do(new StartActualLrp(A.Start("web", 0, A.Instance("web-0", "cell-1"))));
        Assert.Null(Row);
        _bench.Do(Keep("cell-1"));
        Assert.Equal((Verdict.Keep, Nanoseconds(_bench.Time.GetUtcNow())), (Row!.Verdict, Row.Since));
    }

    private static KeepCells Keep(params string[] cells) => new(new KeepCellsRequest { CellIds = { cells } });

    private void Run(string process, string cell)
    {
        _bench.Cell(cell);
        _bench.Do(new DesireLrp(A.DesiredLrp(process, 1)));
        _bench.Do(new StartActualLrp(A.Start(process, 0, A.Instance($"{process}-0", cell))));
    }

    private void Report(Mode mode, int unheard, params string[] lost) =>
        _bench.Do(
            new ReportCellLoss(
                new ReportCellLossRequest
                {
                    Loss = new CellLoss { Mode = mode, Unheard = unheard },
                    LostCellIds = { lost },
                }
            )
        );

    private (Mode Mode, long Since, int Unheard, int GivenUp) Told()
    {
        var loss = _bench.Events.Last(told => told.CellLossChanged is not null).CellLossChanged.Loss;
        return (loss.Mode, loss.Since, loss.Unheard, loss.GivenUp);
    }

    private static long Nanoseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * 100;
}
