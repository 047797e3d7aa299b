using System.Globalization;

namespace Scheduler.Tests.TestKit;

/// <summary>
/// How many random cases tests hold: few in the suite that people wait for, many at night. It is the same code, and the many begin with
/// the few.
/// </summary>
public static class TestScale
{
    private const string NightlyVariable = "SCHEDULER_NIGHTLY";

    /// <summary>Whether this is the long run: <c>SCHEDULER_NIGHTLY=1</c>, as <c>./scheduler test nightly</c> sets it.</summary>
    public static bool Nightly { get; } = Environment.GetEnvironmentVariable(NightlyVariable) switch
    {
        null or "" or "0" => false,
        "1" => true,
        var other => throw new InvalidOperationException($"{NightlyVariable} must be 0 or 1, not \"{other}\""),
    };

    /// <param name="usual">In the suite that people wait for.</param>
    /// <param name="nightly">In the long run.</param>
    /// <param name="variable">An environment variable that overrides both, with a whole number above 0.</param>
    public static int Cases(int usual, int nightly, string? variable = null)
    {
        if (variable is null || Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } text)
            return Nightly ? nightly : usual;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new InvalidOperationException($"{variable} must be a whole number above 0, not \"{text}\"");
    }
}
