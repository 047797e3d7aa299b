using System.Globalization;

namespace Grpc.Wire;

/// <summary>The value of <c>grpc-timeout</c>: up to eight digits and a unit.</summary>
internal static class TimeoutCodec
{
    private const long MaxValue = 99_999_999;
    private const long NanosecondsPerTick = 100;

    /// <summary>Reads a timeout; what is longer than a <see cref="TimeSpan"/> holds becomes <see cref="TimeSpan.MaxValue"/>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan timeout)
    {
        timeout = default;
        if (text.Length is < 2 or > 9 || !long.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            return false;
        var ticksPerUnit = text[^1] switch
        {
            'H' => TimeSpan.TicksPerHour,
            'M' => TimeSpan.TicksPerMinute,
            'S' => TimeSpan.TicksPerSecond,
            'm' => TimeSpan.TicksPerMillisecond,
            'u' => TimeSpan.TicksPerMicrosecond,
            'n' => 0,
            _ => -1,
        };
        if (ticksPerUnit < 0)
            return false;
        if (ticksPerUnit == 0)
            timeout = TimeSpan.FromTicks((value + NanosecondsPerTick - 1) / NanosecondsPerTick);
        else
            timeout = value > TimeSpan.MaxValue.Ticks / ticksPerUnit ? TimeSpan.MaxValue : TimeSpan.FromTicks(value * ticksPerUnit);
        return true;
    }

    /// <summary>Writes a timeout in the finest unit that holds it, rounded up so that the server never gives up first.</summary>
    public static string Format(TimeSpan timeout)
    {
        var ticks = Math.Max(timeout.Ticks, 0);
        if (ticks <= MaxValue / NanosecondsPerTick)
            return Write(ticks * NanosecondsPerTick, 'n');
        if (In(TimeSpan.TicksPerMicrosecond) is <= MaxValue and var micros)
            return Write(micros, 'u');
        if (In(TimeSpan.TicksPerMillisecond) is <= MaxValue and var millis)
            return Write(millis, 'm');
        if (In(TimeSpan.TicksPerSecond) is <= MaxValue and var seconds)
            return Write(seconds, 'S');
        if (In(TimeSpan.TicksPerMinute) is <= MaxValue and var minutes)
            return Write(minutes, 'M');
        return Write(Math.Min(In(TimeSpan.TicksPerHour), MaxValue), 'H');

        long In(long unit) => ticks / unit + (ticks % unit == 0 ? 0 : 1);
    }

    private static string Write(long value, char unit) => string.Create(CultureInfo.InvariantCulture, $"{value}{unit}");
}
