namespace Scheduler.Bbs.Events;

/// <summary>Builds task events from rows.</summary>
internal static class TaskEvents
{
    public static Event Created(OneOffTask task) => new() { TaskCreated = new TaskCreatedEvent { Task = task } };

    public static Event Changed(OneOffTask before, OneOffTask after) =>
        new()
        {
            TaskChanged = new TaskChangedEvent { Before = before, After = after },
        };

    public static Event Removed(OneOffTask task) => new() { TaskRemoved = new TaskRemovedEvent { Task = task } };
}
