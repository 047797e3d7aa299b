using System.Globalization;

namespace Scheduler.Rep.Steps;

/// <summary>Sizes as Diego writes them in messages: <c>512B</c>, <c>1.5K</c>, <c>20M</c>.</summary>
internal static class ByteSize
{
    private const string Units = "BKMGTPE";

    public static string Format(long bytes)
    {
        var unit = 0;
        double value = bytes;
        while (value >= 1024 && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return value.ToString("0.#", CultureInfo.InvariantCulture) + Units[unit];
    }
}
