namespace Scheduler.Rep.Steps;

/// <summary>
/// One node of an action tree. Running a step again after a restart of the rep gives the same result: processes already started
/// are found by their ids, and all other decisions are in the container's journal.
/// </summary>
internal abstract class Step
{
    /// <param name="stop">Signals the step's processes to end.</param>
    /// <param name="ready">Called at most once, when the step is ready: its process has started, its download is complete.</param>
    /// <param name="detach">This rep detaches: the step throws and leaves its processes running.</param>
    public abstract Task<StepResult> RunAsync(StopSignal stop, Action ready, CancellationToken detach);

    protected static void Ignore() { }
}
