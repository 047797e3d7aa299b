namespace Scheduler.MariaDb.Rows;

/// <summary>How a column's bytes are to be read.</summary>
internal enum ColumnKind
{
    Null,
    Boolean,
    SByte,
    Byte,
    Int16,
    UInt16,
    Int32,
    UInt32,
    Int64,
    UInt64,
    Bits,
    Single,
    Double,
    Decimal,
    Date,
    DateTime,
    Time,
    Guid,
    Text,
    Bytes,
}
