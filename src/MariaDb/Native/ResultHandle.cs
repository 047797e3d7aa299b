using System.Runtime.InteropServices;

namespace Scheduler.MariaDb.Native;

/// <summary>
/// Owns an unbuffered MYSQL_RES* and keeps its connection alive: mysql_free_result reads what is left of the rows
/// through the connection, so it must come before mysql_close, also when both are collected.
/// </summary>
internal sealed class ResultHandle : SafeHandle
{
    private readonly MySqlHandle _mysql;

    public ResultHandle(nint result, MySqlHandle mysql)
        : base(0, ownsHandle: true)
    {
        var added = false;
        mysql.DangerousAddRef(ref added);
        _mysql = mysql;
        SetHandle(result);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Set once the last row was read. A result that is released before is of a connection given up: it is cut, not read to its end.</summary>
    public bool IsDrained { get; set; }

    protected override bool ReleaseHandle()
    {
        if (!IsDrained) _mysql.Abort();
        LibMariaDb.mysql_free_result(handle);
        _mysql.DangerousRelease();
        return true;
    }
}
