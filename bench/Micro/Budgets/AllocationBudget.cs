namespace Scheduler.Bench.Micro.Budgets;

/// <summary>How many bytes an operation may allocate.</summary>
/// <param name="Bytes">Expected, per operation.</param>
/// <param name="TolerancePercent">How much more is still no failure.</param>
/// <param name="WarnOnly">For what is too noisy to fail a build.</param>
internal sealed record AllocationBudget(long Bytes, int TolerancePercent = 0, bool WarnOnly = false)
{
    public double Limit => Bytes * (1 + TolerancePercent / 100.0);
}
