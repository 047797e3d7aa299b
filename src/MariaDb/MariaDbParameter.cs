using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Scheduler.MariaDb;

/// <summary>A value for a command. Its .NET type says how it is written; there are input parameters only.</summary>
public sealed class MariaDbParameter : DbParameter
{
    private string _name = "";
    private string _sourceColumn = "";
    private DbType? _dbType;
    private int _sigils;

    public MariaDbParameter()
    {
    }

    public MariaDbParameter(string parameterName, object? value)
    {
        ParameterName = parameterName;
        Value = value;
    }

    /// <summary>What the provider concludes from the value, unless set. Kept for callers that ask; the value's own type decides what is sent.</summary>
    public override DbType DbType
    {
        get => _dbType ?? FromValue(Value);
        set => _dbType = value;
    }

    /// <summary>Only <see cref="ParameterDirection.Input"/>.</summary>
    public override ParameterDirection Direction
    {
        get => ParameterDirection.Input;
        set
        {
            if (value != ParameterDirection.Input) throw new NotSupportedException($"Parameters of direction {value} are not supported.");
        }
    }

    public override bool IsNullable { get; set; }

    /// <summary>With or without its @ or ?; upper and lower case are the same.</summary>
    [AllowNull]
    public override string ParameterName
    {
        get => _name;
        set
        {
            _name = value ?? "";
            _sigils = _name is ['@' or '?', ..] ? 1 : 0;
        }
    }

    public override int Size { get; set; }

    [AllowNull]
    public override string SourceColumn
    {
        get => _sourceColumn;
        set => _sourceColumn = value ?? "";
    }

    public override bool SourceColumnNullMapping { get; set; }

    public override object? Value { get; set; }

    /// <summary>The name without its @ or ?. A span, since bulk statements name thousands.</summary>
    internal ReadOnlySpan<char> BareName => _name.AsSpan(_sigils);

    public override void ResetDbType() => _dbType = null;

    private static DbType FromValue(object? value) => value switch
    {
        bool => DbType.Boolean,
        sbyte => DbType.SByte,
        byte => DbType.Byte,
        short => DbType.Int16,
        ushort => DbType.UInt16,
        int => DbType.Int32,
        uint => DbType.UInt32,
        long => DbType.Int64,
        ulong => DbType.UInt64,
        float => DbType.Single,
        double => DbType.Double,
        decimal => DbType.Decimal,
        DateTime => DbType.DateTime,
        DateTimeOffset => DbType.DateTimeOffset,
        DateOnly => DbType.Date,
        TimeSpan or TimeOnly => DbType.Time,
        Guid => DbType.Guid,
        byte[] or Memory<byte> or ReadOnlyMemory<byte> or ArraySegment<byte> or MemoryStream => DbType.Binary,
        _ => DbType.String,
    };
}
