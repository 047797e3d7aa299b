using Scheduler.Models;

namespace Scheduler.Client;

/// <summary>A duration as a flag value. Help prints the default with ToString, which must be valid input for the flag.</summary>
internal readonly record struct Duration(TimeSpan Length)
{
    public static implicit operator TimeSpan(Duration duration) => duration.Length;

    public override string ToString() => Durations.Text(Length);
}
