using Scheduler.Bbs.Commands.Actual;
using Scheduler.Bbs.Commands.Cells;
using Scheduler.Bbs.Commands.Convergence;
using Scheduler.Bbs.Commands.Desired;
using Scheduler.Bbs.Commands.Evacuation;
using Scheduler.Bbs.Commands.Tasks;
using Scheduler.Bbs.Storage;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Bbs;

namespace Scheduler.Tests.Unit.Bbs.Commands;

/// <summary>Commands as reps, clients and the converger might send them in any order, few enough names that they meet.</summary>
internal sealed class RandomCommands(Random random)
{
    private static readonly string[] Processes = ["alpha", "beta"];
    private static readonly string[] Cells = ["cell-1", "cell-2", "cell-3"];
    private static readonly string[] TaskGuids = ["task-1", "task-2"];

    /// <summary>Runs one command on the bench; what it answers is the caller's to ignore.</summary>
    public void Next(StateBench bench)
    {
        switch (random.Next(26))
        {
            case 0:
                var lrp = A.DesiredLrp(Process(), random.Next(4));
                if (random.Next(3) == 0)
                    lrp.UpdateStrategy = DesiredLRP.Types.UpdateStrategy.Recreate;
                bench.Try(new DesireLrp(lrp));
                break;
            case 1:
                bench.Try(new UpdateDesiredLrp(Process(), new DesiredLRPUpdate { Instances = random.Next(4) }));
                break;
            case 2:
                if (random.Next(3) == 0)
                    bench.Try(new RemoveDesiredLrp(Process()));
                break;
            case 3 or 4 or 5:
                bench.Try(new ClaimActualLrp(A.Claim(Process(), Index(), Instance())));
                break;
            case 6 or 7 or 8:
                bench.Try(new StartActualLrp(A.Start(Process(), Index(), Instance())));
                break;
            case 9 or 10:
                bench.Try(new CrashActualLrp(A.Crash(Process(), Index(), Instance())));
                break;
            case 11:
                bench.Try(new FailActualLrp(new FailActualLRPRequest { ActualLrpKey = Key(), ErrorMessage = "no room" }));
                break;
            case 12:
                bench.Try(
                    new RemoveActualLrp(
                        new RemoveActualLRPRequest
                        {
                            ProcessGuid = Process(),
                            Index = Index(),
                            ActualLrpInstanceKey = Instance(),
                        }
                    )
                );
                break;
            case 13:
                bench.Try(new RetireActualLrp(Key()));
                break;
            case 14 or 15:
                Evacuate(bench);
                break;
            case 16:
                bench.Cell(Cell());
                break;
            case 17:
                bench.LoseCell(Cell());
                break;
            case 18:
                bench.Try(new UpsertDomain("apps", (uint)random.Next(3) * 60));
                bench.Try(new ExpireDomains());
                break;
            case 24 or 25:
                Absence(bench);
                break;
            case 19 or 20:
                Task(bench);
                break;
            default:
                Converge(bench);
                break;
        }
        bench.Time.Advance(TimeSpan.FromMilliseconds(random.Next(2_000)));
    }

    private void Evacuate(StateBench bench)
    {
        var request = new EvacuateActualLRPRequest { ActualLrpKey = Key(), ActualLrpInstanceKey = Instance() };
        switch (random.Next(6))
        {
            case 0:
                bench.Try(new EvacuateClaimed(request));
                break;
            case 1:
                bench.Try(new EvacuateStopped(request));
                break;
            case 2:
                bench.Try(new RemoveEvacuating(request));
                break;
            case 3:
                bench.Try(
                    new EvacuateCrashed(
                        new EvacuateCrashedActualLRPRequest
                        {
                            ActualLrpKey = request.ActualLrpKey,
                            ActualLrpInstanceKey = request.ActualLrpInstanceKey,
                            ErrorMessage = "out of memory",
                        }
                    )
                );
                break;
            default:
                bench.Try(
                    new EvacuateRunning(
                        new EvacuateRunningActualLRPRequest
                        {
                            ActualLrpKey = request.ActualLrpKey,
                            ActualLrpInstanceKey = request.ActualLrpInstanceKey,
                            ActualLrpNetInfo = A.NetInfo(),
                            AvailabilityZone = "z1",
                        }
                    )
                );
                break;
        }
    }

    private void Task(StateBench bench)
    {
        var guid = TaskGuids[random.Next(TaskGuids.Length)];
        switch (random.Next(7))
        {
            case 0:
                bench.Try(new DesireTask(A.Task(guid, random.Next(2) == 0 ? "" : "http://client/done")));
                break;
            case 1:
                bench.Try(new StartTask(new StartTaskRequest { TaskGuid = guid, CellId = Cell() }));
                break;
            case 2:
                bench.Try(
                    new CompleteTask(
                        new CompleteTaskRequest
                        {
                            TaskGuid = guid,
                            CellId = Cell(),
                            Result = "42",
                        }
                    )
                );
                break;
            case 3:
                bench.Try(new CancelTask(guid));
                break;
            case 4:
                bench.Try(new RejectTask(new RejectTaskRequest { TaskGuid = guid, RejectionReason = "no room" }, 3));
                break;
            case 5:
                bench.Try(new ResolveTask(guid));
                break;
            default:
                bench.Try(new DeleteTask(guid));
                break;
        }
    }

    private void Absence(StateBench bench)
    {
        switch (random.Next(6))
        {
            case 0:
                bench.Try(new LoseCells(new LoseCellsRequest { CellIds = { Cell() } }));
                break;
            case 1:
                bench.Try(new KeepCells(new KeepCellsRequest { CellIds = { Cell() }, DurationSeconds = (uint)random.Next(60) }));
                break;
            case 2:
                bench.Try(new KeepCells(new KeepCellsRequest { All = true }));
                break;
            case 3:
                bench.Try(new WithdrawCell("cell-1", "run-of-cell-1"));
                break;
            default:
                var loss = new CellLoss { Mode = (CellLoss.Types.Mode)random.Next(3), Unheard = random.Next(3) };
                bench.Try(new ReportCellLoss(new ReportCellLossRequest { Loss = loss, LostCellIds = { Cell() } }));
                break;
        }
    }

    private void Converge(StateBench bench)
    {
        var request = new ApplyConvergenceRequest();
        for (var n = random.Next(1, 4); n > 0; n--)
            request.Commands.Add(Repair(bench));
        bench.Try(new ApplyConvergence(request));
    }

    private ConvergenceCommand Repair(StateBench bench)
    {
        var version = Version(bench);
        var task = new TaskVersion
        {
            TaskGuid = TaskGuids[0],
            UpdatedAt = bench.State.Tasks.GetValueOrDefault(TaskGuids[0])?.UpdatedAt ?? 1,
        };
        return random.Next(14) switch
        {
            0 => new ConvergenceCommand
            {
                CreateMissing = new CreateMissingLRPs { ProcessGuid = Process(), Indices = { Index() } },
            },
            1 => new ConvergenceCommand { Retire = version },
            2 => new ConvergenceCommand { Unclaim = version },
            3 or 4 => new ConvergenceCommand { Suspect = version },
            5 or 6 => new ConvergenceCommand { PromoteSuspect = version },
            7 => new ConvergenceCommand { RemoveSuspect = version },
            8 => new ConvergenceCommand { RemoveEvacuating = version },
            9 => new ConvergenceCommand { Reauction = version },
            10 => new ConvergenceCommand
            {
                FailTask = new FailTask
                {
                    TaskGuid = task.TaskGuid,
                    UpdatedAt = task.UpdatedAt,
                    FailureReason = "late",
                },
            },
            11 => new ConvergenceCommand { DemoteTask = task },
            12 => new ConvergenceCommand { ResubmitCallback = task },
            _ => new ConvergenceCommand { DeleteTask = task },
        };
    }

    private LRPVersion Version(StateBench bench)
    {
        var key = Key();
        var row = bench.State.Find(new ActualLrpRowKey(key.ProcessGuid, key.Index, (LrpPresence)random.Next(3)));
        return new LRPVersion
        {
            ActualLrpKey = key,
            ActualLrpInstanceKey = row?.ActualLrpInstanceKey,
            Epoch = row?.ModificationTag.Epoch ?? "none",
            Index = row?.ModificationTag.Index ?? 0,
        };
    }

    private string Process() => Processes[random.Next(Processes.Length)];

    private string Cell() => Cells[random.Next(Cells.Length)];

    private int Index() => random.Next(3);

    private ActualLRPKey Key() => A.Key(Process(), Index());

    // A container is on one cell only, as in life.
    private ActualLRPInstanceKey Instance()
    {
        var cell = random.Next(Cells.Length);
        return A.Instance($"instance-{cell}-{random.Next(2)}", Cells[cell]);
    }
}
