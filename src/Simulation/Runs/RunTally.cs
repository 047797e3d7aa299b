using System.Diagnostics;
using System.Globalization;

namespace Scheduler.Simulation.Runs;

/// <summary>Totals of many runs, with their progress.</summary>
internal sealed class RunTally(int planned)
{
    // If every seed breaks a rule, a thousand commands are of no use.
    private const int MostFailuresTold = 20;

    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly SortedDictionary<string, int> _byRule = new(StringComparer.Ordinal);
    private readonly List<RunOutcome> _failures = [];
    private int _done;
    private int _failed;
    private long _events;
    private long _faults;
    private long _acknowledged;
    private TimeSpan _virtual;

    public bool Holds => Volatile.Read(ref _failed) == 0;

    public string Progress =>
        $"{Volatile.Read(ref _done)} of {planned} runs, {Volatile.Read(ref _failed)} broke a rule, {Text(_watch.Elapsed)}";

    public void Add(RunOutcome outcome)
    {
        _done++;
        _events += outcome.Result?.Events ?? 0;
        _faults += outcome.Result?.Faults ?? 0;
        _acknowledged += outcome.Result?.Acknowledged ?? 0;
        _virtual += outcome.Result?.VirtualTime ?? TimeSpan.Zero;
        if (outcome.Holds)
            return;
        _failed++;
        foreach (var rule in outcome.Violations.Select(violation => violation.Rule).Distinct())
            _byRule[rule] = _byRule.GetValueOrDefault(rule) + 1;
        if (_failures.Count < MostFailuresTold)
            _failures.Add(outcome);
    }

    public void Write(TextWriter output)
    {
        var (real, number) = (_watch.Elapsed, CultureInfo.InvariantCulture);
        output.WriteLine(
            string.Create(
                number,
                $"{_done} runs: {_events:N0} events, {Text(_virtual)} of virtual time in {Text(real)} ({_events / real.TotalSeconds:N0} events/s)"
            )
        );
        output.WriteLine(string.Create(number, $"{_faults:N0} faults injected; {_acknowledged:N0} writes acknowledged"));
        if (_failed == 0)
        {
            output.WriteLine("every rule held");
            return;
        }

        output.WriteLine($"{_failed} runs broke a rule:");
        foreach (var (rule, runs) in _byRule)
            output.WriteLine($"  {runs.ToString(CultureInfo.InvariantCulture).PadLeft(6)}  {rule}");
        foreach (var failure in _failures.OrderBy(failure => failure.Plan.Seed))
            RunTexts.WriteFailure(failure, output);
        if (_failed > _failures.Count)
            output.WriteLine($"and {_failed - _failures.Count} more");
    }

    private static string Text(TimeSpan time) => RunTexts.Time(time);
}
