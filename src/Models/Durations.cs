using System.Globalization;

namespace Scheduler.Models;

/// <summary>Durations in text form: <c>500ms</c>, <c>15s</c>, <c>10m</c>, <c>1h</c>.</summary>
public static class Durations
{
    private static readonly (string Unit, TimeSpan Length)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("h", TimeSpan.FromHours(1)),
    ];

    /// <summary>The text that <see cref="TryParse"/> reads as this duration, in the largest unit of which it is a whole number.</summary>
    public static string Text(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
            return "0s";
        foreach (var (unit, length) in Units.Reverse())
        {
            if (duration.Ticks % length.Ticks == 0)
                return string.Create(CultureInfo.InvariantCulture, $"{duration.Ticks / length.Ticks}{unit}");
        }

        return string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds}ms");
    }

    /// <returns>False for anything but a number above 0 with a unit.</returns>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        foreach (var (unit, length) in Units)
        {
            if (
                !text.EndsWith(unit, StringComparison.Ordinal)
                || !double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            )
                continue;
            duration = length * number;
            return duration > TimeSpan.Zero;
        }

        return false;
    }

    /// <summary>Whether the text is 0, with or without a unit.</summary>
    public static bool IsZero(string text) => text == "0" || Units.Any(unit => text == $"0{unit.Unit}");
}
