using System.Globalization;

namespace Scheduler.Client.Rollouts;

/// <summary>A number of instances, or a percentage of those of the app.</summary>
internal readonly record struct Allowance(int Number, bool IsPercent)
{
    public const string Rule = "a number of instances such as 2, or a percentage such as 25%";

    private const int Whole = 100;

    public static Allowance? TryParse(string text)
    {
        var isPercent = text.EndsWith('%');
        return
            int.TryParse(isPercent ? text[..^1] : text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && (!isPercent || number <= Whole)
            ? new Allowance(number, isPercent)
            : null;
    }

    /// <summary>Both in instances. A surge is rounded up and an absence down, so that a small app loses no instance by rounding.</summary>
    /// <returns>At least one of them is above 0, or nothing could ever move.</returns>
    public static (int Surge, int Unavailable) Resolve(Allowance surge, Allowance unavailable, int instances)
    {
        var resolved = (
            Surge: surge.IsPercent ? (int)(((long)instances * surge.Number + Whole - 1) / Whole) : surge.Number,
            Unavailable: unavailable.IsPercent ? (int)((long)instances * unavailable.Number / Whole) : unavailable.Number
        );
        return resolved is (0, 0) ? (0, 1) : resolved;
    }
}
