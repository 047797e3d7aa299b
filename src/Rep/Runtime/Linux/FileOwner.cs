namespace Scheduler.Rep.Runtime.Linux;

/// <summary>
/// A user of a container, with the ids that the host knows it by. The rep writes into containers as root; these rules keep it from doing
/// more than the user could.
/// </summary>
/// <param name="Groups">Its further groups.</param>
/// <param name="IsRoot">Root of the container, which may do everything in it.</param>
internal sealed record FileOwner(uint User, uint Group, IReadOnlyList<uint> Groups, bool IsRoot)
{
    private const int Sticky = 0x200;

    public bool MayRead(FileFacts file) => May(file, 4);

    /// <summary>Whether the user may create names in the directory.</summary>
    public bool MayChange(FileFacts directory) => May(directory, 2);

    /// <summary>Whether the user may remove a name that exists in such a directory: in a sticky one only its own.</summary>
    public bool MayRemove(FileFacts directory, FileFacts existing) =>
        MayChange(directory) && (IsRoot || (directory.Mode & Sticky) == 0 || existing.User == User || directory.User == User);

    private bool May(FileFacts file, int right)
    {
        if (IsRoot)
            return true;
        var shift =
            file.User == User ? 6
            : file.Group == Group || Groups.Contains(file.Group) ? 3
            : 0;
        return ((file.Mode >> shift) & right) != 0;
    }
}
