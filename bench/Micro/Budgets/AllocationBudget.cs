namespace Scheduler.Bench.Micro.Budgets;

/// <summary>Budget of bytes that an operation may allocate.</summary>
/// <param name="Bytes">Expected bytes per operation.</param>
/// <param name="TolerancePercent">Allowed excess in percent.</param>
/// <param name="WarnOnly">Whether an excess is only a warning, for operations too noisy to fail a build.</param>
internal sealed record AllocationBudget(long Bytes, int TolerancePercent = 0, bool WarnOnly = false)
{
    public double Limit => Bytes * (1 + TolerancePercent / 100.0);
}
