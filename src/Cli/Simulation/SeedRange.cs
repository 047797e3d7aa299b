using System.Globalization;
using Scheduler.Models;

namespace Scheduler.Cli.Simulation;

/// <summary>An inclusive range of seeds.</summary>
internal readonly record struct SeedRange(ulong First, ulong Last)
{
    // Enough for weeks of work; a larger range is a typo.
    private const ulong Most = 10_000_000;

    public int Count => (int)(Last - First + 1);

    /// <exception cref="DomainException">The text is not a seed.</exception>
    public static SeedRange Single(string flag, string text)
    {
        var seed = TryNumber(text) ?? throw Wrong(flag, $"must be a whole number from 0 to {ulong.MaxValue}, not \"{text}\"");
        return new SeedRange(seed, seed);
    }

    /// <param name="text"><c>A..B</c>.</param>
    /// <exception cref="DomainException">The text is not a range, or its start is after its end.</exception>
    public static SeedRange Parse(string flag, string text)
    {
        if (text.Split("..") is not [var from, var to] || TryNumber(from) is not { } first || TryNumber(to) is not { } last)
            throw Wrong(flag, $"must be two whole numbers, such as 1..200, not \"{text}\"");
        if (first > last)
            throw Wrong(flag, $"must be ascending, such as {last}..{first}, not \"{text}\"");
        if (last - first >= Most)
            throw Wrong(flag, $"must be at most {Most} seeds, not \"{text}\"");
        return new SeedRange(first, last);
    }

    public ulong At(int index) => First + (ulong)index;

    private static ulong? TryNumber(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static DomainException Wrong(string flag, string rule) => DomainError.Invalid(flag, rule).ToException();
}
