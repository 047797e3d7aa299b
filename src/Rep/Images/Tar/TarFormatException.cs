namespace Scheduler.Rep.Images.Tar;

/// <summary>An archive violates the tar formats. The message says how and, if known, at which entry.</summary>
internal sealed class TarFormatException(string message) : Exception(message);
