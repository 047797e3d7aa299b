using System.Buffers;
using Scheduler.MariaDb.Native;
using Scheduler.MariaDb.Sessions;

namespace Scheduler.MariaDb.Rows;

/// <summary>
/// The next few rows of an unbuffered result. Small rows are copied out of the library's buffer, so that reading them needs neither a
/// native call nor a change of thread each; a large row stays where it is and ends the batch, so that a blob is not copied whole.
/// </summary>
internal sealed unsafe class RowBatch : IDisposable
{
    /// <summary>
    /// What a batch holds at most. The server itself sends in units of 16 KB (net_buffer_length), so waiting to have the first batch full delays
    /// nothing; later ones may be larger because the result has shown to be long.
    /// </summary>
    private const int FirstBatchBytes = 16 * 1024;
    private const int LaterBatchBytes = 64 * 1024;
    private const int MaxRows = 1024;

    private readonly int _columns;
    private byte[] _bytes = [];
    private int[] _cells = [];
    private int _used;
    private int _rows;
    private int _current = -1;
    private byte** _largeRow;
    private nuint* _largeLengths;

    public RowBatch(int columns) => _columns = columns;

    /// <summary>Whether a further row lies here.</summary>
    public bool HasNext => _current + 1 < _rows;

    private bool IsOnLargeRow => _largeRow != null && _current == _rows - 1;

    public void MoveNext() => _current++;

    /// <summary>Replaces the rows by the next. Afterwards <see cref="HasNext"/> is false only at the end of the result.</summary>
    public void Fill(MariaDbSession session, ResultHandle result, bool hideValues)
    {
        var limit = _bytes.Length == 0 ? FirstBatchBytes : LaterBatchBytes;
        Rent(limit);
        _used = 0;
        _rows = 0;
        _current = -1;
        _largeRow = null;
        while (_rows < MaxRows && _used < limit)
        {
            var row = LibMariaDb.mysql_fetch_row(result);
            if (row == null)
            {
                session.CheckEndOfRows(result, hideValues);
                return;
            }

            var lengths = LibMariaDb.mysql_fetch_lengths(result);
            _rows++;
            if (TryCopy(row, lengths)) continue;
            _largeRow = row;
            _largeLengths = lengths;
            return;
        }
    }

    /// <summary>The bytes of a cell of the current row. Valid until the next <see cref="Fill"/>.</summary>
    public ReadOnlySpan<byte> Cell(int column)
    {
        if (IsOnLargeRow) return new ReadOnlySpan<byte>(_largeRow[column], (int)_largeLengths[column]);
        var at = ((_current * _columns) + column) * 2;
        return _bytes.AsSpan(_cells[at], Math.Max(_cells[at + 1], 0));
    }

    public bool IsNull(int column) =>
        IsOnLargeRow ? _largeRow[column] == null : _cells[(((_current * _columns) + column) * 2) + 1] < 0;

    public void Dispose()
    {
        // Nothing of a result that is gone may be read: a stray access fails on the empty arrays instead of reading freed memory.
        _largeRow = null;
        _rows = 0;
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        if (_cells.Length > 0) ArrayPool<int>.Shared.Return(_cells);
        _bytes = [];
        _cells = [];
    }

    private bool TryCopy(byte** row, nuint* lengths)
    {
        nuint size = 0;
        for (var i = 0; i < _columns; i++) size += lengths[i];
        if (size > (nuint)(_bytes.Length - _used)) return false;

        var at = (_rows - 1) * _columns * 2;
        if (at + (_columns * 2) > _cells.Length) GrowCells(at + (_columns * 2));
        for (var i = 0; i < _columns; i++, at += 2)
        {
            var length = row[i] == null ? -1 : (int)lengths[i];
            _cells[at] = _used;
            _cells[at + 1] = length;
            if (length <= 0) continue;
            new ReadOnlySpan<byte>(row[i], length).CopyTo(_bytes.AsSpan(_used));
            _used += length;
        }

        return true;
    }

    private void Rent(int size)
    {
        if (_bytes.Length >= size) return;
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = ArrayPool<byte>.Shared.Rent(size);
    }

    private void GrowCells(int size)
    {
        var larger = ArrayPool<int>.Shared.Rent(Math.Max(size, Math.Max(_cells.Length * 2, 64)));
        _cells.AsSpan().CopyTo(larger);
        if (_cells.Length > 0) ArrayPool<int>.Shared.Return(_cells);
        _cells = larger;
    }
}
