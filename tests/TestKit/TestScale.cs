using System.Globalization;

namespace Scheduler.Tests.TestKit;

/// <summary>
/// Number of random cases in tests: few in the regular suite, many in the nightly run. The code is the same.
/// </summary>
public static class TestScale
{
    /// <summary>The trait, and its value, of a test that takes long and of whose kind the regular suite runs others.</summary>
    public const string Run = "Run";

    /// <inheritdoc cref="Run"/>
    public const string NightlyOnly = "nightly";

    private const string NightlyVariable = "SCHEDULER_NIGHTLY";

    /// <summary>Whether this is the nightly run: <c>SCHEDULER_NIGHTLY=1</c>, as set by <c>./scheduler test nightly</c>.</summary>
    public static bool Nightly { get; } =
        Environment.GetEnvironmentVariable(NightlyVariable) switch
        {
            null or "" or "0" => false,
            "1" => true,
            var other => throw new InvalidOperationException($"{NightlyVariable} must be 0 or 1, not \"{other}\""),
        };

    /// <param name="usual">Number in the regular suite.</param>
    /// <param name="nightly">Number in the nightly run.</param>
    /// <param name="variable">An environment variable that overrides both with a whole number above 0.</param>
    public static int Cases(int usual, int nightly, string? variable = null)
    {
        if (variable is null || Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } text)
            return Nightly ? nightly : usual;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new InvalidOperationException($"{variable} must be a whole number above 0, not \"{text}\"");
    }

    /// <summary>
    /// The first of a run's seeds: 1 in the regular suite, so that it does the same every time. Each day's nightly run continues where that
    /// of the day before ended, so that it tries seeds that no run has tried.
    /// </summary>
    /// <param name="count">Seeds of one run.</param>
    /// <param name="variable">An environment variable that overrides it with a whole number above 0.</param>
    public static int FirstSeed(int count, string variable) =>
        Cases(1, nightly: 1 + (DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime).DayNumber % 10_000) * count, variable);
}
