namespace Scheduler.Rep.Images.Tar;

/// <summary>The records of an extended header: <c>LENGTH KEY=VALUE\n</c>. The last record of a key wins.</summary>
internal sealed class PaxRecords
{
    private const string SparseOffset = "GNU.sparse.offset",
        SparseLength = "GNU.sparse.numbytes";
    private readonly Dictionary<string, byte[]> _values = new(StringComparer.Ordinal);

    public IEnumerable<KeyValuePair<string, byte[]>> All => _values;

    /// <summary>The sparse map in its oldest form: the only pair of keys that is repeated on purpose.</summary>
    public List<long> SparsePairs { get; } = [];

    /// <exception cref="TarFormatException">A record is malformed.</exception>
    public static PaxRecords Parse(ReadOnlySpan<byte> content)
    {
        var records = new PaxRecords();
        while (!content.IsEmpty)
        {
            var space = content.IndexOf((byte)' ');
            var length = space is > 0 and < 20 ? TarField.Decimal(content[..space], "the length of a record of an extended header") : 0;
            if (length <= space + 1 || length > content.Length || content[(int)length - 1] != '\n')
                throw new TarFormatException("an extended header has a record whose length does not fit");
            var record = content[(space + 1)..((int)length - 1)];
            var equals = record.IndexOf((byte)'=');
            if (equals <= 0)
                throw new TarFormatException("an extended header has a record without a key");
            records.Add(System.Text.Encoding.Latin1.GetString(record[..equals]), record[(equals + 1)..]);
            content = content[(int)length..];
        }

        return records;
    }

    /// <summary>Null if there is no record; an empty value means that the plain header applies.</summary>
    public byte[]? Find(string key) => _values.TryGetValue(key, out var value) && value.Length > 0 ? value : null;

    public long? Number(string key) => Find(key) is { } value ? TarField.Decimal(value, key) : null;

    private void Add(string key, ReadOnlySpan<byte> value)
    {
        if (key is SparseOffset or SparseLength)
        {
            if ((key == SparseOffset) != (SparsePairs.Count % 2 == 0))
                throw new TarFormatException($"{key} is out of its order");
            SparsePairs.Add(TarField.Decimal(value, key));
        }

        _values[key] = value.ToArray();
    }
}
