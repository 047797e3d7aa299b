using System.Runtime.CompilerServices;

namespace Scheduler.Models;

/// <summary>
/// Looks at how a task ended instead of catching what it throws. Each throw costs microseconds on each layer that it passes, and
/// refusals come in crowds: while there is no active BBS, every caller meets some several times a second.
/// </summary>
public static class TaskEnds
{
    /// <summary>To await: continues on the caller's context when the task has ended, however it ended. Never throws.</summary>
    public static ConfiguredTaskAwaitable Ended(this Task task) =>
        task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
}
