namespace Scheduler.Bench.Micro.Budgets;

/// <summary>Something whose allocation is bounded.</summary>
/// <param name="Name">Its key in <c>budgets.json</c>.</param>
/// <param name="Prepare">Builds what it works on, and gives the operation.</param>
/// <param name="Times">How often it is run to measure; fewer for what is slow.</param>
internal sealed record BudgetedOperation(string Name, Func<Action> Prepare, int Times = 2_000);
