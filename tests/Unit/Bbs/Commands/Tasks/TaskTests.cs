using Scheduler.Bbs.Commands;
using Scheduler.Bbs.Commands.Tasks;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Bbs;

namespace Scheduler.Tests.Unit.Bbs.Commands.Tasks;

/// <summary>What each call does to a task in each state.</summary>
public sealed class TaskTests
{
    private const string Guid = "job";
    private const string Callback = "http://client/done";

    [Theory]
    [InlineData("missing", "cell-1", null, ErrorKind.ResourceNotFound)]
    [InlineData("Pending", "cell-1", "Running", null)]
    [InlineData("Running", "cell-1", "Running", null)]
    [InlineData("Running", "cell-2", "Running", ErrorKind.InvalidStateTransition)]
    [InlineData("Completed", "cell-1", "Completed", ErrorKind.InvalidStateTransition)]
    [InlineData("Resolving", "cell-1", "Resolving", ErrorKind.InvalidStateTransition)]
    public void Start(string from, string cell, string? to, ErrorKind? refusal) =>
        Check(from, new StartTask(new StartTaskRequest { TaskGuid = Guid, CellId = cell }), to, refusal);

    [Theory]
    [InlineData("missing", "cell-1", null, ErrorKind.ResourceNotFound)]
    [InlineData("Pending", "cell-1", "Pending", ErrorKind.InvalidStateTransition)]
    [InlineData("Running", "cell-1", "Completed", null)]
    [InlineData("Running", "cell-2", "Running", ErrorKind.RunningOnDifferentCell)]
    [InlineData("Completed", "cell-1", "Completed", ErrorKind.InvalidStateTransition)]
    [InlineData("Resolving", "cell-1", "Resolving", ErrorKind.InvalidStateTransition)]
    public void Complete(string from, string cell, string? to, ErrorKind? refusal) =>
        Check(from, new CompleteTask(new CompleteTaskRequest { TaskGuid = Guid, CellId = cell }), to, refusal);

    [Theory]
    [InlineData("missing", null, ErrorKind.ResourceNotFound)]
    [InlineData("Pending", "Completed", null)]
    [InlineData("Running", "Completed", null)]
    [InlineData("Completed", "Completed", ErrorKind.InvalidStateTransition)]
    [InlineData("Resolving", "Resolving", ErrorKind.InvalidStateTransition)]
    public void Cancel(string from, string? to, ErrorKind? refusal) => Check(from, new CancelTask(Guid), to, refusal);

    [Theory]
    [InlineData("missing", null, ErrorKind.ResourceNotFound)]
    [InlineData("Pending", "Pending", null)]
    [InlineData("Running", "Pending", null)]
    [InlineData("Completed", "Completed", ErrorKind.InvalidRequest)]
    [InlineData("Resolving", "Resolving", ErrorKind.InvalidRequest)]
    public void Reject(string from, string? to, ErrorKind? refusal) => Check(from, Rejection(), to, refusal);

    /// <summary>By a cell, again after its first rejection was taken and not answered.</summary>
    [Theory]
    [InlineData("cell-1", "Pending", null)]
    [InlineData("cell-2", "Running", ErrorKind.RunningOnDifferentCell)]
    public void Reject_by_a_cell(string cell, string to, ErrorKind? refusal) =>
        Check(
            "Running",
            new RejectTask(
                new RejectTaskRequest
                {
                    TaskGuid = Guid,
                    RejectionReason = "no disk",
                    CellId = cell,
                },
                3
            ),
            to,
            refusal
        );

    /// <summary>By the auctioneer, which may not have heard that a cell took it.</summary>
    [Theory]
    [InlineData("Pending", "Pending", null)]
    [InlineData("Running", "Running", ErrorKind.InvalidStateTransition)]
    public void Reject_of_a_placement(string from, string? to, ErrorKind? refusal) =>
        Check(
            from,
            new RejectTask(new RejectTaskRequest { TaskGuid = Guid, RejectionReason = "no room" }, 3) { OnlyPending = true },
            to,
            refusal
        );

    [Theory]
    [InlineData("missing", null, ErrorKind.ResourceNotFound)]
    [InlineData("Pending", "Pending", ErrorKind.InvalidStateTransition)]
    [InlineData("Running", "Running", ErrorKind.InvalidStateTransition)]
    [InlineData("Completed", "Resolving", null)]
    [InlineData("Resolving", "Resolving", ErrorKind.InvalidStateTransition)]
    public void Resolve(string from, string? to, ErrorKind? refusal) => Check(from, new ResolveTask(Guid), to, refusal);

    [Theory]
    [InlineData("missing", null, ErrorKind.ResourceNotFound)]
    [InlineData("Pending", "Pending", ErrorKind.InvalidStateTransition)]
    [InlineData("Running", "Running", ErrorKind.InvalidStateTransition)]
    [InlineData("Completed", "Completed", ErrorKind.InvalidStateTransition)]
    [InlineData("Resolving", null, null)]
    public void Delete(string from, string? to, ErrorKind? refusal) => Check(from, new DeleteTask(Guid), to, refusal);

    [Fact]
    public void A_desire_is_pending_and_asks_for_its_auction()
    {
        var bench = In("Pending");
        Assert.Equal(["TaskCreated"], bench.EventNames());
        Assert.Equal([new FollowUp.AuctionTask(Guid)], bench.FollowUps);
        Assert.Equal(ErrorKind.ResourceExists, bench.Refusal(new DesireTask(A.Task(Guid))));
    }

    [Fact]
    public void A_start_brings_the_task_and_its_repetition_says_not_to_start_it_again()
    {
        var bench = In("Pending");
        var start = new StartTaskRequest { TaskGuid = Guid, CellId = "cell-1" };
        var first = bench.Do(new StartTask(start));
        Assert.Equal((true, Guid), (first.ShouldStart, first.Task.TaskGuid));
        var state = bench.State;
        var second = bench.Do(new StartTask(start));
        Assert.False(second.ShouldStart);
        Assert.Same(state, bench.State);
    }

    [Fact]
    public void A_completion_keeps_the_result_and_makes_the_callback()
    {
        var bench = In("Running");
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        bench.Do(
            new CompleteTask(
                new CompleteTaskRequest
                {
                    TaskGuid = Guid,
                    CellId = "cell-1",
                    Result = "42",
                }
            )
        );
        var task = Task(bench)!;
        Assert.Equal(("42", false, ""), (task.Result, task.Failed, task.CellId));
        Assert.Equal(task.UpdatedAt, task.FirstCompletedAt);
        Assert.Equal(1_000_000_000, task.UpdatedAt - task.CreatedAt);
        Assert.Equal([new FollowUp.Callback(Guid)], bench.FollowUps);
    }

    [Fact]
    public void A_task_without_a_callback_waits_for_its_client()
    {
        var bench = new StateBench();
        bench.Do(new DesireTask(A.Task(Guid)));
        bench.Do(new CancelTask(Guid));
        Assert.Empty(bench.FollowUps);
        Assert.Equal((true, "task was cancelled"), (Task(bench)!.Failed, Task(bench)!.FailureReason));
    }

    [Fact]
    public void A_cancelled_task_is_cancelled_on_its_cell()
    {
        var bench = In("Running");
        bench.Do(new CancelTask(Guid));
        Assert.Equal([new FollowUp.Callback(Guid), new FollowUp.CancelTask(Guid, "cell-1")], bench.FollowUps);
    }

    [Fact]
    public void The_fourth_rejection_fails_the_task()
    {
        var bench = In("Pending");
        for (var rejection = 1; rejection <= 3; rejection++)
        {
            bench.Do(Rejection());
            Assert.Equal((OneOffTask.Types.State.Pending, rejection), (Task(bench)!.State, Task(bench)!.RejectionCount));
            Assert.Empty(bench.FollowUps);
        }
        bench.Do(Rejection());
        Assert.Equal(
            (OneOffTask.Types.State.Completed, true, "no room"),
            (Task(bench)!.State, Task(bench)!.Failed, Task(bench)!.FailureReason)
        );
        Assert.Equal([new FollowUp.Callback(Guid)], bench.FollowUps);
    }

    [Theory]
    [InlineData("Pending", "Completed")]
    [InlineData("Running", "Completed")]
    [InlineData("Completed", null)]
    [InlineData("Resolving", null)]
    public void Convergence_fails_what_cannot_succeed(string from, string? to) =>
        Repair(
            from,
            at => new ConvergenceCommand
            {
                FailTask = new FailTask
                {
                    TaskGuid = Guid,
                    UpdatedAt = at,
                    FailureReason = "cell disappeared before completion",
                },
            },
            to
        );

    [Fact]
    public void Convergence_does_not_fail_a_task_whose_cell_is_back()
    {
        var bench = In("Running");
        bench.Cell("cell-1");
        var failed = new FailTask
        {
            TaskGuid = Guid,
            UpdatedAt = Task(bench)!.UpdatedAt,
            FailureReason = "cell disappeared before completion",
        };
        Assert.Equal(ErrorKind.StaleVersion, bench.Repair(new ConvergenceCommand { FailTask = failed }));
        Assert.Equal(OneOffTask.Types.State.Running, Task(bench)!.State);
        bench.LoseCell("cell-1");
        Assert.Null(bench.Repair(new ConvergenceCommand { FailTask = failed }));
    }

    [Theory]
    [InlineData("Pending", "Pending")]
    [InlineData("Running", null)]
    [InlineData("Completed", null)]
    [InlineData("Resolving", null)]
    public void Convergence_auctions_what_waits(string from, string? to) =>
        Repair(
            from,
            at => new ConvergenceCommand
            {
                ReauctionTask = new TaskVersion { TaskGuid = Guid, UpdatedAt = at },
            },
            to
        );

    [Theory]
    [InlineData("Pending", null)]
    [InlineData("Running", null)]
    [InlineData("Completed", null)]
    [InlineData("Resolving", "Completed")]
    public void Convergence_demotes_what_nobody_resolved(string from, string? to) =>
        Repair(
            from,
            at => new ConvergenceCommand
            {
                DemoteTask = new TaskVersion { TaskGuid = Guid, UpdatedAt = at },
            },
            to
        );

    [Theory]
    [InlineData("Pending", null)]
    [InlineData("Running", null)]
    [InlineData("Completed", "Completed")]
    [InlineData("Resolving", null)]
    public void Convergence_submits_callbacks_again(string from, string? to) =>
        Repair(
            from,
            at => new ConvergenceCommand
            {
                ResubmitCallback = new TaskVersion { TaskGuid = Guid, UpdatedAt = at },
            },
            to
        );

    [Theory]
    [InlineData("Pending", null)]
    [InlineData("Running", null)]
    [InlineData("Completed", "gone")]
    [InlineData("Resolving", null)]
    public void Convergence_deletes_what_nobody_fetched(string from, string? to) =>
        Repair(
            from,
            at => new ConvergenceCommand
            {
                DeleteTask = new TaskVersion { TaskGuid = Guid, UpdatedAt = at },
            },
            to
        );

    [Fact]
    public void A_lost_cells_task_keeps_the_cells_name_and_a_demoted_one_its_time()
    {
        var bench = In("Running");
        var failed = new FailTask
        {
            TaskGuid = Guid,
            UpdatedAt = Task(bench)!.UpdatedAt,
            FailureReason = "cell disappeared before completion",
        };
        Assert.Null(bench.Repair(new ConvergenceCommand { FailTask = failed }));
        Assert.Equal("cell-1", Task(bench)!.CellId);
        Assert.Equal([new FollowUp.Callback(Guid)], bench.FollowUps);

        bench.Do(new ResolveTask(Guid));
        var resolvedAt = Task(bench)!.UpdatedAt;
        bench.Time.Advance(TimeSpan.FromSeconds(31));
        Assert.Null(
            bench.Repair(
                new ConvergenceCommand
                {
                    DemoteTask = new TaskVersion { TaskGuid = Guid, UpdatedAt = resolvedAt },
                }
            )
        );
        Assert.Equal(resolvedAt, Task(bench)!.UpdatedAt);
        Assert.Equal([new FollowUp.Callback(Guid)], bench.FollowUps);
    }

    [Fact]
    public void The_callbacks_body_has_diegos_keys()
    {
        var request = A.Task(Guid, Callback);
        request.TaskDefinition.Annotation = "note";
        var task = new OneOffTask
        {
            TaskGuid = Guid,
            TaskDefinition = request.TaskDefinition,
            Failed = true,
            FailureReason = "why",
            CreatedAt = 7,
        };
        Assert.Equal(
            """{"task_guid":"job","failed":true,"failure_reason":"why","result":"","annotation":"note","created_at":7}""",
            System.Text.Encoding.UTF8.GetString(Scheduler.Bbs.Outbound.TaskCallbacks.BodyOf(task))
        );
    }

    private static OneOffTask? Task(StateBench bench) => bench.State.Tasks.GetValueOrDefault(Guid);

    private static RejectTask Rejection() => new(new RejectTaskRequest { TaskGuid = Guid, RejectionReason = "no room" }, 3);

    private static void Check<T>(string from, Command<T> command, string? to, ErrorKind? refusal)
    {
        var bench = In(from);
        Assert.Equal(refusal, bench.Refusal(command));
        Assert.Equal(to, Task(bench)?.State.ToString());
    }

    /// <param name="to">The state that the repair leads to, or null when it is refused as stale. A repair of another version always is.</param>
    private static void Repair(string from, Func<long, ConvergenceCommand> command, string? to)
    {
        var bench = In(from);
        var before = bench.State;
        Assert.Equal(ErrorKind.StaleVersion, bench.Repair(command(Task(bench)!.UpdatedAt - 1)));
        Assert.Same(before, bench.State);
        Assert.Equal(to is null ? ErrorKind.StaleVersion : null, bench.Repair(command(Task(bench)!.UpdatedAt)));
        Assert.Equal(to == "gone" ? null : to ?? from, Task(bench)?.State.ToString());
    }

    private static StateBench In(string state)
    {
        var bench = new StateBench();
        if (state == "missing")
            return bench;
        bench.Do(new DesireTask(A.Task(Guid, Callback)));
        if (state == "Pending")
            return bench;
        bench.Do(new StartTask(new StartTaskRequest { TaskGuid = Guid, CellId = "cell-1" }));
        if (state == "Running")
            return bench;
        bench.Do(new CompleteTask(new CompleteTaskRequest { TaskGuid = Guid, CellId = "cell-1" }));
        if (state == "Completed")
            return bench;
        bench.Do(new ResolveTask(Guid));
        return bench;
    }
}
