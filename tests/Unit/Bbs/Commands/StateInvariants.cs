using Scheduler.Bbs.State;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Tests.Unit.Bbs.Commands;

/// <summary>What holds of every state, whatever led to it.</summary>
internal static class StateInvariants
{
    public static void Check(BbsState state)
    {
        var fromRows = Rebuild(state);
        Assert.Equal(
            fromRows.RowsByCell.Select(cell => (cell.Key, string.Join(",", cell.Value))),
            state.RowsByCell.Select(cell => (cell.Key, string.Join(",", cell.Value)))
        );
        Assert.Equal(
            fromRows.TasksByCell.Select(cell => (cell.Key, string.Join(",", cell.Value))),
            state.TasksByCell.Select(cell => (cell.Key, string.Join(",", cell.Value)))
        );
        Assert.Equal(fromRows.DomainUses, state.DomainUses);
        Assert.Equal(Figures(fromRows.Counts), Figures(state.Counts));
        foreach (var absent in state.AbsentCells.Values)
        {
            Assert.False(state.Cells.ContainsKey(absent.CellId), $"{absent.CellId} is present and absent");
            Assert.True(new WorkingState(state).Owns(absent.CellId), $"{absent.CellId} is absent and owns nothing");
            Assert.Equal(absent.Standing == AbsentCell.Types.Standing.Lost, absent.LostAt != 0);
            Assert.NotEqual(0, absent.Since);
        }
        foreach (var row in state.Processes.Values.SelectMany(process => process.All))
            CheckRow(row);
    }

    private static long[] Figures(StateCounts counts) =>
        [
            counts.DesiredInstances,
            counts.CrashingProcesses,
            counts.ActualLrps,
            .. from presence in Enum.GetValues<LrpPresence>()
            from state in Enum.GetValues<ActualLrpState>()
            select (long)counts.Lrps(presence, state),
            .. Enum.GetValues<OneOffTask.Types.State>().Select(state => (long)counts.Tasks(state)),
        ];

    private static void CheckRow(ActualLRP row)
    {
        Assert.NotEqual(0, row.Since);
        Assert.NotEmpty(row.ActualLrpKey.ProcessGuid);
        Assert.NotEmpty(row.ActualLrpKey.Domain);
        Assert.NotEmpty(row.ModificationTag.Epoch);
        switch (row.State)
        {
            case ActualLrpStateNames.Unclaimed:
                Assert.True(row.IsOrdinary());
                Assert.False(row.HasInstance());
                Assert.Empty(row.ActualLrpNetInfo.Address);
                break;
            case ActualLrpStateNames.Claimed:
                Assert.True(row.HasInstance() && row.CellId().Length > 0);
                Assert.Empty(row.ActualLrpNetInfo.Address);
                Assert.Empty(row.PlacementError);
                break;
            case ActualLrpStateNames.Running:
                Assert.True(row.HasInstance() && row.CellId().Length > 0);
                Assert.NotEmpty(row.ActualLrpNetInfo.Address);
                Assert.Empty(row.PlacementError);
                break;
            case ActualLrpStateNames.Crashed:
                Assert.True(row.IsOrdinary());
                Assert.False(row.HasInstance());
                Assert.Empty(row.ActualLrpNetInfo.Address);
                Assert.Empty(row.PlacementError);
                break;
            default:
                Assert.Fail($"{row.State} is not a state");
                break;
        }
    }

    private static BbsState Rebuild(BbsState state)
    {
        var loader = new StateLoader();
        foreach (var row in state.DesiredLrps.Values)
            loader.DesiredLrp(row.Clone());
        foreach (var row in state.Processes.Values.SelectMany(process => process.All))
            loader.ActualLrp(row.Clone());
        foreach (var row in state.Tasks.Values)
            loader.Task(row.Clone());
        return loader.ToState(state.Revision);
    }
}
