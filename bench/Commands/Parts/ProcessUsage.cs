using System.Globalization;

namespace Scheduler.Bench.Commands.Parts;

/// <summary>What a process has used so far.</summary>
/// <param name="Cpu">Processor time in user and system mode.</param>
/// <param name="ResidentBytes">Memory that it holds now.</param>
internal readonly record struct ProcessUsage(TimeSpan Cpu, long ResidentBytes)
{
    // USER_HZ: every Linux of this architecture reports hundredths of a second.
    private const double TicksPerSecond = 100;
    private const int UserTime = 11,
        SystemTime = 12,
        ResidentPages = 21;

    /// <exception cref="InvalidOperationException">There is no such process.</exception>
    public static ProcessUsage Of(int processId)
    {
        string stat;
        try
        {
            stat = File.ReadAllText($"/proc/{processId}/stat");
        }
        catch (IOException failure)
        {
            throw new InvalidOperationException($"process {processId} has ended", failure);
        }

        // The program's name, in brackets, may contain anything. What follows it starts with the state.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return new ProcessUsage(
            TimeSpan.FromSeconds((Number(UserTime) + Number(SystemTime)) / TicksPerSecond),
            Number(ResidentPages) * Environment.SystemPageSize
        );

        long Number(int index) => long.Parse(fields[index], CultureInfo.InvariantCulture);
    }
}
