using System.Text.Json;

namespace Scheduler.Bench.Micro.Budgets;

/// <summary>
/// Runs every budgeted operation and compares what it allocates with <c>budgets.json</c>. Seconds, not minutes: bytes
/// do not need the repetitions that times do.
/// </summary>
internal static class BudgetCheck
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <returns>0, or 1 when a budget is exceeded, missing, or for nothing that exists.</returns>
    public static int Run(IEnumerable<BudgetedOperation> operations, string budgetsFile, TextWriter output)
    {
        var budgets = JsonSerializer.Deserialize<Dictionary<string, AllocationBudget>>(File.ReadAllText(budgetsFile), Json)!;
        var failed = false;
        foreach (var operation in operations)
        {
            var bytes = Measure(operation);
            var verdict = !budgets.Remove(operation.Name, out var budget) ? "NO BUDGET"
                : bytes <= budget.Limit ? "ok"
                : budget.WarnOnly ? "over, warns only"
                : "OVER";
            failed |= verdict is "NO BUDGET" or "OVER";
            output.WriteLine($"{verdict,-16} {operation.Name,-44} {bytes,12:F1} bytes, budget {budget?.Bytes}");
        }

        foreach (var name in budgets.Keys)
        {
            output.WriteLine($"{"NOT MEASURED",-16} {name}");
            failed = true;
        }

        return failed ? 1 : 0;
    }

    private static double Measure(BudgetedOperation operation)
    {
        var run = operation.Prepare();
        for (var i = 0; i < operation.Times; i++) run();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < operation.Times; i++) run();
        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)operation.Times;
    }
}
