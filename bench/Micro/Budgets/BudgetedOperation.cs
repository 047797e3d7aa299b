namespace Scheduler.Bench.Micro.Budgets;

/// <summary>An operation with an allocation budget.</summary>
/// <param name="Name">Its key in <c>budgets.json</c>.</param>
/// <param name="Prepare">Sets up the data and returns the operation.</param>
/// <param name="Times">Repetitions per measurement; fewer for slow operations.</param>
internal sealed record BudgetedOperation(string Name, Func<Action> Prepare, int Times = 2_000);
