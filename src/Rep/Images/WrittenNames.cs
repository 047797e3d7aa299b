using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Scheduler.Rep.Images;

/// <summary>
/// The names that a layer itself has written, which its whiteouts do not hide. 16 bytes for each name, whatever its length, because the
/// image determines how many there are.
/// </summary>
internal sealed class WrittenNames
{
    private readonly HashSet<UInt128> _names = [];

    /// <param name="directory">Inode of the directory that the name is in.</param>
    public void Add(ulong directory, ReadOnlySpan<byte> name) => _names.Add(Key(directory, name));

    public bool Contains(ulong directory, ReadOnlySpan<byte> name) => _names.Contains(Key(directory, name));

    private static UInt128 Key(ulong directory, ReadOnlySpan<byte> name)
    {
        // File systems allow names of at most 255 bytes; longer ones will be refused.
        Span<byte> content = stackalloc byte[8 + Math.Min(name.Length, 256)];
        BinaryPrimitives.WriteUInt64LittleEndian(content, directory);
        name[..(content.Length - 8)].CopyTo(content[8..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}
