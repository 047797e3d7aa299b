using System.Globalization;
using Scheduler.Rep.Journal;
using Scheduler.Rep.Steps;

namespace Scheduler.Rep.Health;

/// <summary>
/// The older kind of check: an action that runs in the container repeatedly, with new processes each time. Its output is discarded.
/// The journal counts the attempts, so that a restarted rep never takes the exit of an old attempt for that of a new one.
/// </summary>
internal sealed class MonitorCheck(StepContext context, LrpAction action) : HealthCheck
{
    // Attempts reserved per journal write; a restart skips the unused ones.
    private const int Block = 1000;
    private long _next = -1;
    private long _reserved;

    protected override async Task<string?> TryAsync(CancellationToken detach)
    {
        var attempt = await NextAsync();
        // A restarted rep never resumes an attempt, so its notes are dropped with it; otherwise the journal would grow without bound.
        var notes = new ContainerJournal(Nowhere.Instance, context.Journal.Entry with { Notes = new Dictionary<string, long>() }, _ => { });
        var step = StepBuilder.Build(
            context with
            {
                Journal = notes,
            },
            action,
            $"monitor.{attempt.ToString(CultureInfo.InvariantCulture)}",
            quiet: true
        );
        var result = await step.RunAsync(new StopSignal(), () => { }, detach);
        return result.Error?.Message;
    }

    private async Task<long> NextAsync()
    {
        if (_next < 0)
            _next = _reserved = context.Journal.Note(Key) ?? 0;
        if (_next >= _reserved)
        {
            _reserved = _next + Block;
            await context.Journal.UpdateAsync(entry =>
                entry with
                {
                    Notes = new Dictionary<string, long>(entry.Notes) { [Key] = _reserved },
                }
            );
        }

        return _next++;
    }

    private const string Key = "monitor.attempts";

    private sealed class Nowhere : ICellJournal
    {
        public static readonly Nowhere Instance = new();

        public Task<JournalContent> OpenAsync(CancellationToken cancellation) =>
            throw new NotSupportedException("there is nothing to open");

        public Task SaveAsync(JournalEntry entry, CancellationToken cancellation) => Task.CompletedTask;

        public Task RemoveAsync(string containerGuid, CancellationToken cancellation) => Task.CompletedTask;
    }
}
