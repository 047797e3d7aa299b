namespace Scheduler.Bench.Commands.ConvergeSpeed;

/// <summary>What <c>bench converge</c> measured. Times are medians.</summary>
public sealed record ConvergeBenchResult
{
    public required int Lrps { get; init; }
    public required int Cells { get; init; }
    public required int Processes { get; init; }
    public required ulong Seed { get; init; }

    /// <summary>What the engine and its picture hold, after a full collection.</summary>
    public required long PictureBytes { get; init; }

    public required double PictureBytesPerLrp { get; init; }

    /// <summary>Deciding on everything as if nothing were known, with nothing to find.</summary>
    public required double AuditMs { get; init; }

    /// <summary>Processor time of one, on average: what other work on the machine disturbs least.</summary>
    public required double AuditCpuMs { get; init; }

    public required double AuditWorstMs { get; init; }
    public required long AuditAllocatedBytes { get; init; }

    /// <summary>Commands that the loss of one cell takes.</summary>
    public required int CellLossCommands { get; init; }

    /// <summary>The event of one cell's loss and the step after it.</summary>
    public required double CellLossMs { get; init; }

    /// <summary>The same with the same commands, in a picture of nothing but the processes that the cell ran: the work itself.</summary>
    public required double CellLossAloneMs { get; init; }

    /// <summary>What the size of the cluster adds to the work.</summary>
    public required double CellLossBeyondMs { get; init; }

    /// <summary>One instance's event and the step after it.</summary>
    public required double EventUs { get; init; }

    public required double EventAloneUs { get; init; }
    public required double EventAllocatedBytes { get; init; }
}
