namespace Scheduler.Bench.Commands.ConvergeSpeed;

/// <summary>Results of <c>bench converge</c>. Times are medians.</summary>
public sealed record ConvergeBenchResult
{
    public required int Lrps { get; init; }
    public required int Cells { get; init; }
    public required int Processes { get; init; }
    public required ulong Seed { get; init; }

    /// <summary>Memory of the engine and its model, after a full garbage collection.</summary>
    public required long PictureBytes { get; init; }

    public required double PictureBytesPerLrp { get; init; }

    /// <summary>Time of an audit: decides on everything from scratch, with nothing to find.</summary>
    public required double AuditMs { get; init; }

    /// <summary>Mean processor time of an audit, which other load on the machine affects least.</summary>
    public required double AuditCpuMs { get; init; }

    public required double AuditWorstMs { get; init; }
    public required long AuditAllocatedBytes { get; init; }

    /// <summary>Number of commands for the loss of one cell.</summary>
    public required int CellLossCommands { get; init; }

    /// <summary>Time for the event of one cell's loss and the step after it.</summary>
    public required double CellLossMs { get; init; }

    /// <summary>The same with the same commands, in a model with only the processes of the cell: the cost of the work itself.</summary>
    public required double CellLossAloneMs { get; init; }

    /// <summary>The additional cost due to the size of the cluster.</summary>
    public required double CellLossBeyondMs { get; init; }

    /// <summary>Time for one instance's event and the step after it.</summary>
    public required double EventUs { get; init; }

    public required double EventAloneUs { get; init; }
    public required double EventAllocatedBytes { get; init; }
}
