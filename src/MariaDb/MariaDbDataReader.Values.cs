using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Scheduler.MariaDb.Rows;

namespace Scheduler.MariaDb;

public sealed partial class MariaDbDataReader
{
    public override string GetName(int ordinal) => Column(ordinal).Name;

    public override string GetDataTypeName(int ordinal) => Column(ordinal).TypeName;

    public override Type GetFieldType(int ordinal) => Column(ordinal).ClrType;

    public override int GetOrdinal(string name)
    {
        if (_ordinals is null)
        {
            _ordinals = new Dictionary<string, int>(_columns.Length, StringComparer.OrdinalIgnoreCase);
            for (var i = 0; i < _columns.Length; i++) _ordinals.TryAdd(_columns[i].Name, i);
        }

        return _ordinals.TryGetValue(name, out var ordinal) ? ordinal : throw new IndexOutOfRangeException($"The result has no column named '{name}'.");
    }

    public override bool IsDBNull(int ordinal)
    {
        CheckOnRow(ordinal);
        return _rows!.IsNull(ordinal);
    }

    public override bool GetBoolean(int ordinal) => Integer(ordinal, typeof(bool)) != 0;

    public override byte GetByte(int ordinal) => checked((byte)Integer(ordinal, typeof(byte)));

    public override short GetInt16(int ordinal) => checked((short)Integer(ordinal, typeof(short)));

    public override int GetInt32(int ordinal) => checked((int)Integer(ordinal, typeof(int)));

    public override long GetInt64(int ordinal) => checked((long)Integer(ordinal, typeof(long)));

    public override float GetFloat(int ordinal)
    {
        var cell = Value(ordinal, out var column);
        return column.Kind is >= ColumnKind.Boolean and <= ColumnKind.Decimal and not ColumnKind.Bits && CellText.TrySingle(cell, out var value)
            ? value
            : throw Mismatch(column, typeof(float));
    }

    public override double GetDouble(int ordinal)
    {
        var cell = Value(ordinal, out var column);
        return column.Kind is >= ColumnKind.Boolean and <= ColumnKind.Decimal and not ColumnKind.Bits && CellText.TryDouble(cell, out var value)
            ? value
            : throw Mismatch(column, typeof(double));
    }

    public override decimal GetDecimal(int ordinal)
    {
        var cell = Value(ordinal, out var column);
        return column.Kind is >= ColumnKind.Boolean and <= ColumnKind.Decimal and not ColumnKind.Bits && CellText.TryDecimal(cell, out var value)
            ? value
            : throw Mismatch(column, typeof(decimal));
    }

    public override DateTime GetDateTime(int ordinal)
    {
        var cell = Value(ordinal, out var column);
        if (column.Kind is not (ColumnKind.Date or ColumnKind.DateTime or ColumnKind.Text)) throw Mismatch(column, typeof(DateTime));
        if (CellText.TryDateTime(cell, out var value)) return DateTime.SpecifyKind(value, _session.Settings.DateTimeKind);
        if (CellText.IsZeroDate(cell) && _session.Settings.ConvertZeroDateTime) return DateTime.MinValue;
        throw new InvalidCastException($"Column '{column.Name}' has a date that {nameof(DateTime)} lacks, such as 0000-00-00.");
    }

    /// <summary>A TIME column's value.</summary>
    public TimeSpan GetTimeSpan(int ordinal)
    {
        var cell = Value(ordinal, out var column);
        return column.Kind is ColumnKind.Time or ColumnKind.Text && CellText.TryTime(cell, out var value) ? value : throw Mismatch(column, typeof(TimeSpan));
    }

    public override Guid GetGuid(int ordinal)
    {
        var cell = Value(ordinal, out var column);
        if (column.Kind is ColumnKind.Guid or ColumnKind.Text && CellText.TryGuid(cell, out var value)) return value;
        throw Mismatch(column, typeof(Guid));
    }

    /// <summary>The text of a cell of any kind but bytes, as the server wrote it.</summary>
    public override string GetString(int ordinal)
    {
        var cell = Value(ordinal, out var column);
        return column.Kind is ColumnKind.Bytes or ColumnKind.Bits ? throw Mismatch(column, typeof(string)) : CellText.Text(cell);
    }

    public override char GetChar(int ordinal) => GetString(ordinal) is [var first, ..] ? first : throw Mismatch(Column(ordinal), typeof(char));

    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length)
    {
        var cell = Binary(ordinal);
        if (buffer is null) return cell.Length;
        ArgumentOutOfRangeException.ThrowIfNegative(dataOffset);
        if (dataOffset >= cell.Length) return 0;
        var left = cell[(int)dataOffset..];
        var count = Math.Min(left.Length, length);
        left[..count].CopyTo(buffer.AsSpan(bufferOffset));
        return count;
    }

    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length)
    {
        var text = GetString(ordinal);
        if (buffer is null) return text.Length;
        ArgumentOutOfRangeException.ThrowIfNegative(dataOffset);
        if (dataOffset >= text.Length) return 0;
        var count = Math.Min(text.Length - (int)dataOffset, length);
        text.CopyTo((int)dataOffset, buffer, bufferOffset, count);
        return count;
    }

    /// <summary>The bytes of a text or binary cell, read from where the row lies. Usable until the reader moves on.</summary>
    public override Stream GetStream(int ordinal)
    {
        _ = Binary(ordinal);
        return new CellStream(this, ordinal);
    }

    /// <summary>The text of a cell, decoded as it is read. Usable until the reader moves on.</summary>
    public override TextReader GetTextReader(int ordinal)
    {
        _ = Value(ordinal, out var column);
        if (column.Kind is not (ColumnKind.Text or ColumnKind.Guid)) throw Mismatch(column, typeof(TextReader));
        return new StreamReader(new CellStream(this, ordinal), Encoding.UTF8, detectEncodingFromByteOrderMarks: false);
    }

    public override object GetValue(int ordinal)
    {
        if (IsDBNull(ordinal)) return DBNull.Value;
        return Column(ordinal).Kind switch
        {
            ColumnKind.Null => DBNull.Value,
            ColumnKind.Boolean => GetBoolean(ordinal),
            ColumnKind.SByte => checked((sbyte)GetInt64(ordinal)),
            ColumnKind.Byte => GetByte(ordinal),
            ColumnKind.Int16 => GetInt16(ordinal),
            ColumnKind.UInt16 => checked((ushort)GetInt64(ordinal)),
            ColumnKind.Int32 => GetInt32(ordinal),
            ColumnKind.UInt32 => checked((uint)GetInt64(ordinal)),
            ColumnKind.Int64 => GetInt64(ordinal),
            ColumnKind.UInt64 or ColumnKind.Bits => checked((ulong)Integer(ordinal, typeof(ulong))),
            ColumnKind.Single => GetFloat(ordinal),
            ColumnKind.Double => GetDouble(ordinal),
            ColumnKind.Decimal => GetDecimal(ordinal),
            ColumnKind.Date or ColumnKind.DateTime => GetDateTime(ordinal),
            ColumnKind.Time => GetTimeSpan(ordinal),
            ColumnKind.Guid => GetGuid(ordinal),
            ColumnKind.Text => GetString(ordinal),
            ColumnKind.Bytes => Binary(ordinal).ToArray(),
        };
    }

    public override int GetValues(object[] values)
    {
        var count = Math.Min(values.Length, FieldCount);
        for (var i = 0; i < count; i++) values[i] = GetValue(i);
        return count;
    }

    public override T GetFieldValue<T>(int ordinal)
    {
        // The casts through object vanish for value types: each instantiation keeps one branch.
        if (typeof(T) == typeof(bool)) return Cast<bool, T>(GetBoolean(ordinal));
        if (typeof(T) == typeof(byte)) return Cast<byte, T>(GetByte(ordinal));
        if (typeof(T) == typeof(sbyte)) return Cast<sbyte, T>(checked((sbyte)Integer(ordinal, typeof(sbyte))));
        if (typeof(T) == typeof(short)) return Cast<short, T>(GetInt16(ordinal));
        if (typeof(T) == typeof(ushort)) return Cast<ushort, T>(checked((ushort)Integer(ordinal, typeof(ushort))));
        if (typeof(T) == typeof(int)) return Cast<int, T>(GetInt32(ordinal));
        if (typeof(T) == typeof(uint)) return Cast<uint, T>(checked((uint)Integer(ordinal, typeof(uint))));
        if (typeof(T) == typeof(long)) return Cast<long, T>(GetInt64(ordinal));
        if (typeof(T) == typeof(ulong)) return Cast<ulong, T>(checked((ulong)Integer(ordinal, typeof(ulong))));
        if (typeof(T) == typeof(float)) return Cast<float, T>(GetFloat(ordinal));
        if (typeof(T) == typeof(double)) return Cast<double, T>(GetDouble(ordinal));
        if (typeof(T) == typeof(decimal)) return Cast<decimal, T>(GetDecimal(ordinal));
        if (typeof(T) == typeof(DateTime)) return Cast<DateTime, T>(GetDateTime(ordinal));
        if (typeof(T) == typeof(DateTimeOffset)) return Cast<DateTimeOffset, T>(new DateTimeOffset(DateTime.SpecifyKind(GetDateTime(ordinal), DateTimeKind.Utc)));
        if (typeof(T) == typeof(DateOnly)) return Cast<DateOnly, T>(DateOnly.FromDateTime(GetDateTime(ordinal)));
        if (typeof(T) == typeof(TimeOnly)) return Cast<TimeOnly, T>(TimeOnly.FromTimeSpan(GetTimeSpan(ordinal)));
        if (typeof(T) == typeof(TimeSpan)) return Cast<TimeSpan, T>(GetTimeSpan(ordinal));
        if (typeof(T) == typeof(Guid)) return Cast<Guid, T>(GetGuid(ordinal));
        if (typeof(T) == typeof(string)) return (T)(object)GetString(ordinal);
        if (typeof(T) == typeof(byte[])) return (T)(object)Binary(ordinal).ToArray();
        if (typeof(T) == typeof(Stream)) return (T)(object)GetStream(ordinal);
        if (typeof(T) == typeof(TextReader)) return (T)(object)GetTextReader(ordinal);
        return base.GetFieldValue<T>(ordinal);
    }

    private static TTo Cast<TFrom, TTo>(TFrom value) => Unsafe.As<TFrom, TTo>(ref value);

    /// <summary>A whole number of any width and sign; the caller narrows it, checked.</summary>
    private Int128 Integer(int ordinal, Type wanted)
    {
        var cell = Value(ordinal, out var column);
        switch (column.Kind)
        {
            case ColumnKind.Bits:
                return CellText.Bits(cell);
            case >= ColumnKind.Boolean and <= ColumnKind.UInt64:
                if (CellText.TryInt64(cell, out var signed)) return signed;
                if (CellText.TryUInt64(cell, out var unsigned)) return unsigned;
                break;
            // SUM and its like are decimals even over whole numbers.
            case ColumnKind.Decimal or ColumnKind.Double or ColumnKind.Single:
                if (CellText.TryDecimal(cell, out var number) && decimal.IsInteger(number)) return (Int128)number;
                break;
        }

        throw Mismatch(column, wanted);
    }

    private ReadOnlySpan<byte> Binary(int ordinal)
    {
        var cell = Value(ordinal, out var column);
        return column.Kind is ColumnKind.Bytes or ColumnKind.Text or ColumnKind.Guid or ColumnKind.Bits ? cell : throw Mismatch(column, typeof(byte[]));
    }

    private ReadOnlySpan<byte> Value(int ordinal, out ColumnInfo column)
    {
        CheckOnRow(ordinal);
        column = _columns[ordinal];
        return _rows!.IsNull(ordinal) ? throw new InvalidCastException($"Column '{column.Name}' is NULL.") : _rows.Cell(ordinal);
    }

    private ColumnInfo Column(int ordinal) => (uint)ordinal < (uint)_columns.Length
        ? _columns[ordinal]
        : throw new IndexOutOfRangeException($"The result has {_columns.Length.ToString(CultureInfo.InvariantCulture)} columns; there is no column {ordinal}.");

    private void CheckOnRow(int ordinal)
    {
        if (!_isOnRow) throw new InvalidOperationException("There is no current row: Read was not called, or has returned false.");
        _ = Column(ordinal);
    }

    /// <summary>Names the column and the types, never the value.</summary>
    private static InvalidCastException Mismatch(ColumnInfo column, Type wanted) =>
        new($"Column '{column.Name}' of type {column.TypeName} cannot be read as {wanted.Name}.");
}
