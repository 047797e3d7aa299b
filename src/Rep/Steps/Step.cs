namespace Scheduler.Rep.Steps;

/// <summary>
/// One node of an action tree. Running a step again after a restart of the rep comes to the same result: processes that were
/// started are found again by their ids, and everything else that was decided is in the container's journal.
/// </summary>
internal abstract class Step
{
    /// <param name="stop">Signals the step's processes to end.</param>
    /// <param name="ready">Called at most once, when the step does what it is there for: a process has started, a download is complete.</param>
    /// <param name="detach">This rep lets go: the step throws and leaves its processes alone.</param>
    public abstract Task<StepResult> RunAsync(StopSignal stop, Action ready, CancellationToken detach);

    protected static void Ignore()
    {
    }
}
