namespace Scheduler.Rep.Logs;

/// <summary>A process whose output belongs to its container's log.</summary>
/// <param name="Source">Source of its lines, such as <c>APP/PROC/WEB</c>.</param>
internal readonly record struct LoggedProcess(string ProcessId, string Source);

/// <summary>A line about a container written by the cell itself.</summary>
internal sealed record PlatformLine(DateTimeOffset Time, string Source, Runtime.LogStream Stream, string Text, long Number);
