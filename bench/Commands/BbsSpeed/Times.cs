using System.Globalization;
using static System.FormattableString;

namespace Scheduler.Bench.Commands.BbsSpeed;

/// <summary>Presents times in milliseconds, which are in ascending order.</summary>
internal static class Times
{
    /// <summary>Name, count, p50, p99 and maximum, for a table.</summary>
    public static string[] Row(string name, IReadOnlyList<double> times) =>
        [
            name,
            times.Count.ToString(CultureInfo.InvariantCulture),
            Invariant($"{At(times, 0.5):0.00}"),
            Invariant($"{At(times, 0.99):0.00}"),
            Invariant($"{At(times, 1):0.00}"),
        ];

    public static object Json(IReadOnlyList<double> times) =>
        new
        {
            count = times.Count,
            p50 = At(times, 0.5),
            p99 = At(times, 0.99),
            max = At(times, 1),
        };

    private static double? At(IReadOnlyList<double> ordered, double share) =>
        ordered.Count == 0 ? null : Math.Round(ordered[Math.Clamp((int)Math.Ceiling(share * ordered.Count) - 1, 0, ordered.Count - 1)], 4);
}
