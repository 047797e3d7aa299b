namespace Scheduler.Rep.Images.Tar;

internal enum TarEntryKind
{
    File,
    Directory,
    SymbolicLink,
    HardLink,
    Fifo,
    Device,
}

/// <summary>One file, directory or link of an archive, with all data from its headers.</summary>
internal sealed record TarEntry
{
    public required TarEntryKind Kind { get; init; }

    public required byte[] Name { get; init; }

    /// <summary>Target of a link.</summary>
    public byte[] LinkName { get; init; } = [];

    /// <summary>The twelve permission bits.</summary>
    public int Mode { get; init; }

    public long User { get; init; }

    public long Group { get; init; }

    public TarTime Modified { get; init; }

    /// <summary>Length of the file, including holes.</summary>
    public long Size { get; init; }

    /// <summary>Number of its bytes that are stored in the archive.</summary>
    public long Stored { get; init; }

    /// <summary>Positions of the stored bytes; null: contiguous from the start.</summary>
    public IReadOnlyList<Extent>? Extents { get; init; }

    /// <summary>Extended attributes by name.</summary>
    public IReadOnlyList<KeyValuePair<string, byte[]>> Attributes { get; init; } = [];

    public string ShownName => EntryName.Show(Name);
}

/// <summary>A time before or after 1970 in the kernel's form.</summary>
internal readonly record struct TarTime(long Seconds, int Nanoseconds);
