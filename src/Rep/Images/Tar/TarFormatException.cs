namespace Scheduler.Rep.Images.Tar;

/// <summary>An archive is not what the tar formats allow. The message says what is wrong and, where it is known, at which entry.</summary>
internal sealed class TarFormatException(string message) : Exception(message);
