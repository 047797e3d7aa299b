namespace Scheduler.Models;

/// <summary>
/// Resources that work needs and cells have. Memory and disk in MB, containers in slots; never negative in a valid cell or ask.
/// </summary>
public readonly record struct Resources(int MemoryMb, int DiskMb, int Containers)
{
    public static Resources operator +(Resources a, Resources b) =>
        new(checked(a.MemoryMb + b.MemoryMb), checked(a.DiskMb + b.DiskMb), checked(a.Containers + b.Containers));

    public static Resources operator -(Resources a, Resources b) =>
        new(checked(a.MemoryMb - b.MemoryMb), checked(a.DiskMb - b.DiskMb), checked(a.Containers - b.Containers));

    /// <summary>Whether <paramref name="ask"/> is at most this in every dimension.</summary>
    public bool Fits(Resources ask) => ask.MemoryMb <= MemoryMb && ask.DiskMb <= DiskMb && ask.Containers <= Containers;
}
