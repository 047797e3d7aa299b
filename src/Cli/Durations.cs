using System.Globalization;

namespace Scheduler.Cli;

/// <summary>Durations as people write them: <c>500ms</c>, <c>15s</c>, <c>10m</c>, <c>1h</c>.</summary>
internal static class Durations
{
    private static readonly (string Unit, TimeSpan Length)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)), ("s", TimeSpan.FromSeconds(1)), ("m", TimeSpan.FromMinutes(1)), ("h", TimeSpan.FromHours(1)),
    ];

    /// <returns>False for anything that is not a number above 0 with a unit.</returns>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        foreach (var (unit, length) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal)
                || !double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
                continue;
            duration = length * number;
            return duration > TimeSpan.Zero;
        }

        return false;
    }
}
