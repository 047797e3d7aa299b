using Scheduler.Models;

namespace Scheduler.Cli;

/// <summary>The value of a flag that takes a duration. Help prints a default as its text, which must be one that the flag takes.</summary>
internal readonly record struct Duration(TimeSpan Length)
{
    public static implicit operator TimeSpan(Duration duration) => duration.Length;

    public override string ToString() => Durations.Text(Length);
}
