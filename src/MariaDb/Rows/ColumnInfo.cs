using System.Text;
using Scheduler.MariaDb.Native;

namespace Scheduler.MariaDb.Rows;

/// <summary>What is known of a column of a result.</summary>
internal sealed record ColumnInfo(string Name, ColumnKind Kind, string TypeName)
{
    private const uint Unsigned = 1 << 5;
    private const uint BinaryCharset = 63;

    /// <summary>Bytes of a character in the connection's character set, in which lengths are given.</summary>
    private const int BytesPerCharacter = 4;

    public Type ClrType => Kind switch
    {
        ColumnKind.Null => typeof(object),
        ColumnKind.Boolean => typeof(bool),
        ColumnKind.SByte => typeof(sbyte),
        ColumnKind.Byte => typeof(byte),
        ColumnKind.Int16 => typeof(short),
        ColumnKind.UInt16 => typeof(ushort),
        ColumnKind.Int32 => typeof(int),
        ColumnKind.UInt32 => typeof(uint),
        ColumnKind.Int64 => typeof(long),
        ColumnKind.UInt64 or ColumnKind.Bits => typeof(ulong),
        ColumnKind.Single => typeof(float),
        ColumnKind.Double => typeof(double),
        ColumnKind.Decimal => typeof(decimal),
        ColumnKind.Date or ColumnKind.DateTime => typeof(DateTime),
        ColumnKind.Time => typeof(TimeSpan),
        ColumnKind.Guid => typeof(Guid),
        ColumnKind.Text => typeof(string),
        ColumnKind.Bytes => typeof(byte[]),
    };

    public static unsafe ColumnInfo From(in NativeField field, ConnectionSettings settings)
    {
        var name = Encoding.UTF8.GetString(field.Name, (int)field.NameLength);
        var unsigned = (field.Flags & Unsigned) != 0;
        var binary = field.Charset == BinaryCharset;
        var characters = (long)field.Length / BytesPerCharacter;
        return field.Type switch
        {
            1 when settings.TreatTinyAsBoolean && !unsigned && field.Length == 1 => new(name, ColumnKind.Boolean, "BOOL"),
            1 => new(name, unsigned ? ColumnKind.Byte : ColumnKind.SByte, "TINYINT"),
            2 => new(name, unsigned ? ColumnKind.UInt16 : ColumnKind.Int16, "SMALLINT"),
            3 => new(name, unsigned ? ColumnKind.UInt32 : ColumnKind.Int32, "INT"),
            9 => new(name, unsigned ? ColumnKind.UInt32 : ColumnKind.Int32, "MEDIUMINT"),
            8 => new(name, unsigned ? ColumnKind.UInt64 : ColumnKind.Int64, "BIGINT"),
            13 => new(name, ColumnKind.Int32, "YEAR"),
            16 => new(name, ColumnKind.Bits, "BIT"),
            4 => new(name, ColumnKind.Single, "FLOAT"),
            5 => new(name, ColumnKind.Double, "DOUBLE"),
            0 or 246 => new(name, ColumnKind.Decimal, "DECIMAL"),
            10 or 14 => new(name, ColumnKind.Date, "DATE"),
            7 => new(name, ColumnKind.DateTime, "TIMESTAMP"),
            12 => new(name, ColumnKind.DateTime, "DATETIME"),
            11 => new(name, ColumnKind.Time, "TIME"),
            6 => new(name, ColumnKind.Null, "NULL"),
            255 => new(name, ColumnKind.Bytes, "GEOMETRY"),
            >= 249 and <= 252 => binary ? new(name, ColumnKind.Bytes, "BLOB") : new(name, ColumnKind.Text, "TEXT"),
            254 when !binary && characters == 36 && settings.ReadsGuids => new(name, ColumnKind.Guid, "CHAR(36)"),
            254 => binary ? new(name, ColumnKind.Bytes, "BINARY") : new(name, ColumnKind.Text, "CHAR"),
            _ => binary ? new(name, ColumnKind.Bytes, "VARBINARY") : new(name, ColumnKind.Text, "VARCHAR"),
        };
    }
}
