namespace Scheduler.Rep.Logs;

/// <summary>A process whose output belongs to its container's log.</summary>
/// <param name="Source">Who its lines are from, such as <c>APP/PROC/WEB</c>.</param>
internal readonly record struct LoggedProcess(string ProcessId, string Source);

/// <summary>A line that the cell itself says about a container.</summary>
internal sealed record PlatformLine(DateTimeOffset Time, string Source, Runtime.LogStream Stream, string Text, long Number);
