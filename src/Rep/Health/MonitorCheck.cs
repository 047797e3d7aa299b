using System.Globalization;
using Scheduler.Rep.Steps;

namespace Scheduler.Rep.Health;

/// <summary>
/// The older way: an action that runs in the container again and again, each time as new processes. Its output goes nowhere.
/// Attempts are counted in the journal, so that a restarted rep never takes an old attempt's exit for a new one's.
/// </summary>
internal sealed class MonitorCheck(StepContext context, LrpAction action) : HealthCheck
{
    // One write of the journal for so many attempts; a restart skips what is left of them.
    private const int Block = 1000;
    private long _next = -1;
    private long _reserved;

    public override async Task<string?> AttemptAsync(CancellationToken detach)
    {
        var attempt = await NextAsync();
        var step = StepBuilder.Build(context, action, $"monitor.{attempt.ToString(CultureInfo.InvariantCulture)}", quiet: true);
        var result = await step.RunAsync(new StopSignal(), () => { }, detach);
        return result.Error?.Message;
    }

    private async Task<long> NextAsync()
    {
        if (_next < 0) _next = _reserved = context.Journal.Note(Key) ?? 0;
        if (_next >= _reserved)
        {
            _reserved = _next + Block;
            await context.Journal.UpdateAsync(entry => entry with { Notes = new Dictionary<string, long>(entry.Notes) { [Key] = _reserved } });
        }

        return _next++;
    }

    private const string Key = "monitor.attempts";
}
