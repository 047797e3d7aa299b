using System.Globalization;
using System.Text;

namespace Scheduler.Rep.Steps;

/// <summary>Durations in Go's format (<c>1m0s</c>, <c>1.5s</c>, <c>200ms</c>), which clients expect in messages.</summary>
internal static class GoDuration
{
    public static string Format(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
            return "0s";
        if (duration < TimeSpan.Zero)
            return "-" + Format(-duration);
        if (duration < TimeSpan.FromMilliseconds(1))
            return Number(duration.TotalMicroseconds) + "µs";
        if (duration < TimeSpan.FromSeconds(1))
            return Number(duration.TotalMilliseconds) + "ms";

        var text = new StringBuilder();
        var hours = (long)duration.TotalHours;
        if (hours > 0)
            text.Append(hours).Append('h');
        if (hours > 0 || duration.Minutes > 0)
            text.Append(duration.Minutes).Append('m');
        return text.Append(Number(duration.TotalSeconds - Math.Floor(duration.TotalMinutes) * 60)).Append('s').ToString();
    }

    private static string Number(double value) => Math.Round(value, 7).ToString("0.#######", CultureInfo.InvariantCulture);
}
