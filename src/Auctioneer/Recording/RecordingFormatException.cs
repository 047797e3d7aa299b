namespace Scheduler.Auctioneer.Recording;

/// <summary>The file is not a recording, or only part of one. The message names file, place and reason.</summary>
public sealed class RecordingFormatException(string message, Exception? inner = null) : Exception(message, inner);
