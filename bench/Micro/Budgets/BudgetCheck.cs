using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Scheduler.Bench.Micro.Budgets;

/// <summary>
/// Runs every budgeted operation and compares its allocations with <c>budgets.json</c>. Takes seconds, not minutes: byte counts do not need
/// the repetitions that times need.
/// </summary>
internal static class BudgetCheck
{
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(10);
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <returns>0, or 1 if a budget is exceeded, missing, or names no operation.</returns>
    public static int Run(IEnumerable<BudgetedOperation> operations, string budgetsFile, TextWriter output)
    {
        var budgets = JsonSerializer.Deserialize<Dictionary<string, AllocationBudget>>(File.ReadAllText(budgetsFile), Json)!;
        var failed = false;
        foreach (var operation in operations)
        {
            budgets.Remove(operation.Name, out var budget);
            var bytes = Measure(operation, budget?.Limit ?? double.MaxValue);
            var verdict =
                budget is null ? "NO BUDGET"
                : bytes <= budget.Limit ? "ok"
                : budget.WarnOnly ? "over, warns only"
                : "OVER";
            failed |= verdict is "NO BUDGET" or "OVER";
            var measured = bytes.ToString("F1", CultureInfo.InvariantCulture).PadLeft(12);
            output.WriteLine($"{verdict.PadRight(16)} {operation.Name.PadRight(44)} {measured} bytes, budget {budget?.Bytes}");
        }

        foreach (var name in budgets.Keys)
        {
            output.WriteLine($"NOT MEASURED     {name}");
            failed = true;
        }

        return failed ? 1 : 0;
    }

    /// <summary>
    /// The minimum of several rounds: code that is not fully optimised yet allocates more, and on a busy machine optimisation takes a
    /// while.
    /// </summary>
    private static double Measure(BudgetedOperation operation, double limit)
    {
        var run = operation.Prepare();
        for (var i = 0; i < operation.Times; i++)
            run();
        var began = Stopwatch.GetTimestamp();
        var least = double.MaxValue;
        do
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < operation.Times; i++)
                run();
            least = Math.Min(least, (GC.GetAllocatedBytesForCurrentThread() - before) / (double)operation.Times);
        } while (least > limit && Stopwatch.GetElapsedTime(began) < MostTime);
        return least;
    }
}
