using System.Globalization;

namespace Scheduler.Simulation.Scenarios;

/// <summary>Converts values to and from the notation of scenario files.</summary>
internal static class Words
{
    private static readonly (string Unit, long Ticks)[] Units =
    [
        ("us", TimeSpan.TicksPerMicrosecond),
        ("ms", TimeSpan.TicksPerMillisecond),
        ("s", TimeSpan.TicksPerSecond),
        ("m", TimeSpan.TicksPerMinute),
        ("h", TimeSpan.TicksPerHour),
    ];

    /// <summary><c>KillMidway</c> becomes <c>kill-midway</c>.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum =>
        string.Concat(
            value
                .ToString()
                .Select((letter, i) => char.IsUpper(letter) ? $"{(i > 0 ? "-" : "")}{char.ToLowerInvariant(letter)}" : letter.ToString())
        );

    public static T? Parse<T>(string word)
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (Of(value) == word)
                return value;
        }

        return null;
    }

    /// <summary>Exact to the tick.</summary>
    public static string Of(TimeSpan duration) =>
        ((decimal)duration.Ticks / TimeSpan.TicksPerSecond).ToString("0.#######", CultureInfo.InvariantCulture) + "s";

    public static TimeSpan? ParseDuration(string text)
    {
        foreach (var (unit, ticks) in Units)
        {
            if (
                text.EndsWith(unit, StringComparison.Ordinal)
                && decimal.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                && number <= TimeSpan.TicksPerDay
            )
                return number * ticks <= long.MaxValue ? new TimeSpan((long)(number * ticks)) : null;
        }

        return null;
    }

    public static string Of(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    public static double? ParseNumber(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
}
