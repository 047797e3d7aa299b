using System.Collections;
using System.Data;
using System.Data.Common;
using Scheduler.MariaDb.Native;
using Scheduler.MariaDb.Rows;
using Scheduler.MariaDb.Sessions;

namespace Scheduler.MariaDb;

/// <summary>
/// Reads the results of a command as they arrive; rows are never all in memory. While it is open its connection can do nothing else.
/// Columns can be read in any order, also with <see cref="CommandBehavior.SequentialAccess"/>.
/// </summary>
public sealed partial class MariaDbDataReader : DbDataReader
{
    private readonly MariaDbCommand _command;
    private readonly MariaDbConnection _connection;
    private readonly MariaDbSession _session;
    private readonly CommandRun _run;
    private readonly CommandBehavior _behavior;
    private readonly bool _hideValues;

    private ResultHandle? _result;
    private RowBatch? _rows;
    private ColumnInfo[] _columns = [];
    private Dictionary<string, int>? _ordinals;
    private long _affected = -1;
    private bool _isOnRow;
    private bool _hasRows;
    private bool _moreResults;
    private bool _closed;

    internal MariaDbDataReader(MariaDbCommand command, MariaDbConnection connection, CommandRun run, CommandBehavior behavior)
    {
        _command = command;
        _connection = connection;
        _session = connection.Session;
        _run = run;
        _behavior = behavior;
        _hideValues = command.Parameters.Count > 0;
    }

    public override int Depth => 0;

    public override int FieldCount => _columns.Length;

    public override bool HasRows => _hasRows;

    public override bool IsClosed => _closed;

    /// <summary>Rows inserted, found by an update (or changed, with Use Affected Rows) or deleted, over all statements so far; -1 if none was of that kind.</summary>
    public override int RecordsAffected => (int)Math.Min(_affected, int.MaxValue);

    /// <summary>Counts the rows read, so that a stream knows when its own is gone.</summary>
    internal long RowNumber { get; private set; }

    internal CommandRun Run => _run;

    public override object this[int ordinal] => GetValue(ordinal);

    public override object this[string name] => GetValue(GetOrdinal(name));

    public override bool Read() => TryReadBuffered(out var any) ? any : _run.Call(ReadMore, CancellationToken.None);

    public override Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<bool>(cancellationToken);
        return TryReadBuffered(out var any)
            ? Task.FromResult(any)
            : _session.Worker.RunAsync(() => _run.Call(ReadMore, cancellationToken));
    }

    public override bool NextResult()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        return _run.Call(GoToNextResult, CancellationToken.None);
    }

    public override Task<bool> NextResultAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        return cancellationToken.IsCancellationRequested
            ? Task.FromCanceled<bool>(cancellationToken)
            : _session.Worker.RunAsync(() => _run.Call(GoToNextResult, cancellationToken));
    }

    public override void Close()
    {
        if (_closed) return;
        try
        {
            Finish();
        }
        finally
        {
            Detach();
        }

        if (_behavior.HasFlag(CommandBehavior.CloseConnection)) _connection.Close();
    }

    public override async Task CloseAsync()
    {
        if (_closed) return;
        try
        {
            // Without rows or results left there is nothing to wait for.
            if (IsAtEnd && !_run.IsStopped) Finish();
            else await _session.Worker.RunAsync(() => Finish());
        }
        finally
        {
            Detach();
        }

        if (_behavior.HasFlag(CommandBehavior.CloseConnection)) await _connection.CloseAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await base.DisposeAsync();
    }

    public override IEnumerator GetEnumerator() => new DbEnumerator(this, closeReader: false);

    /// <summary>Bytes of a cell of the current row.</summary>
    internal ReadOnlySpan<byte> Cell(int ordinal)
    {
        CheckOnRow(ordinal);
        return _rows!.Cell(ordinal);
    }

    /// <summary>After the statement was sent: goes to the first result that has rows, or to the end.</summary>
    internal void LoadFirstResult()
    {
        _moreResults = true;
        LoadResult();
    }

    /// <summary>Goes through all results. For commands whose rows nobody reads.</summary>
    internal void ConsumeAll()
    {
        while (GoToNextResult())
        {
        }
    }

    /// <summary>The execution failed: there is nothing to read, and the connection goes back.</summary>
    internal void Abandon()
    {
        try
        {
            Finish();
        }
        finally
        {
            Detach();
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) Close();
        base.Dispose(disposing);
    }

    private bool IsAtEnd => _result is null or { IsDrained: true } && !_moreResults;

    private bool TryReadBuffered(out bool any)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        any = false;
        _isOnRow = false;
        if (_rows is null) return true;
        if (!_rows.HasNext)
        {
            if (!_result!.IsDrained) return false;
            RowNumber++;
            return true;
        }

        StepToRow();
        return any = true;
    }

    private bool ReadMore()
    {
        RowNumber++;
        _rows!.Fill(_session, _result!, _hideValues);
        if (!_rows.HasNext) return false;
        StepToRow();
        return true;
    }

    private void StepToRow()
    {
        _rows!.MoveNext();
        RowNumber++;
        _isOnRow = true;
    }

    private bool GoToNextResult()
    {
        PassOverRows();
        return _moreResults && AdvanceResult() && LoadResult();
    }

    private bool LoadResult()
    {
        do
        {
            _result = _session.UseResult();
            if (_result is not null)
            {
                _columns = _session.ReadColumns(_result);
                _rows = new RowBatch(_columns.Length);
                _rows.Fill(_session, _result, _hideValues);
                _hasRows = _rows.HasNext;
                return true;
            }

            _affected = Math.Max(_affected, 0) + _session.AffectedRows;
            if (_session.LastInsertId is not 0 and var id) _command.LastInsertedId = id;
        }
        while (AdvanceResult());
        return false;
    }

    private bool AdvanceResult()
    {
        _moreResults = false;
        return _moreResults = _session.NextResult(_hideValues);
    }

    /// <summary>Leaves the current result. What is left of its rows has to be read, since the server sends it anyway.</summary>
    private void PassOverRows()
    {
        _isOnRow = false;
        _hasRows = false;
        RowNumber++;
        _columns = [];
        _ordinals = null;
        _rows?.Dispose();
        _rows = null;
        if (_result is null) return;
        try
        {
            _session.Drain(_result, _hideValues);
        }
        finally
        {
            _result.Dispose();
            _result = null;
        }
    }

    /// <summary>Brings the connection to where the next command can start.</summary>
    private bool Finish()
    {
        try
        {
            if (_run.IsStopped)
            {
                _run.AbortIfUnstoppable();
                PassToEnd();
            }
            else if (!IsAtEnd)
            {
                _run.Call(PassToEnd, CancellationToken.None);
            }
        }
        catch (MariaDbException e) when (e.Number == MariaDbErrors.QueryInterrupted || _session.IsBroken)
        {
            // Expected after a stop; and a connection that broke while being tidied says so when it is next used.
        }
        finally
        {
            _result?.Dispose();
            _rows?.Dispose();
            _run.End();
        }

        return true;
    }

    private bool PassToEnd()
    {
        if (!IsAtEnd) ConsumeAll();
        return true;
    }

    private void Detach()
    {
        _closed = true;
        _isOnRow = false;
        RowNumber++;
        _connection.Release(this);
    }
}
