namespace Scheduler.Rep.Transfers.Archives;

/// <summary>How much an archive may unpack to.</summary>
/// <param name="Bytes">Content of all files.</param>
/// <param name="Entries">Files, directories and links, with directories that names only imply.</param>
/// <param name="Grow">Called before this much disk is used in all; throws if there is no room for it.</param>
internal sealed record UnpackLimits(long Bytes, int Entries, Action<long>? Grow = null);
