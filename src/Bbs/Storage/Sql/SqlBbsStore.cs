using System.Data.Common;
using Microsoft.Extensions.Logging;
using Scheduler.Bbs.Storage.Encryption;

namespace Scheduler.Bbs.Storage.Sql;

/// <summary>
/// The store over plain ADO.NET. Leadership uses two rows: <c>bbs_lease</c> (holder and expiry) and <c>bbs_epoch</c> (term and last
/// revision). A commit locks only the second, a renewal only the first, and a new term locks the first, then the second. So a renewal can
/// run during a commit, and a new term waits for the commit.
/// </summary>
internal sealed partial class SqlBbsStore : IPortableStore
{
    private readonly DbDataSource _source;
    private readonly SqlDialect _dialect;
    private readonly PayloadCipher _cipher;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    private readonly SemaphoreSlim _writerTurn = new(1);
    private readonly SemaphoreSlim _leadershipTurn = new(1);
    private SqlSession? _writer;
    private SqlSession? _leadership;
    private bool _bootstrapped;

    public SqlBbsStore(DbDataSource source, SqlDialect dialect, StorageKeys keys, TimeProvider time, ILogger log)
    {
        _source = source;
        _dialect = dialect;
        _cipher = new PayloadCipher(keys);
        _time = time;
        _log = log;
    }

    public async ValueTask DisposeAsync()
    {
        if (_writer is not null)
            await _writer.DisposeAsync();
        if (_leadership is not null)
            await _leadership.DisposeAsync();
        if (_standby is not null)
            await _standby.DisposeAsync();
        await _source.DisposeAsync();
        _dialect.LetTermGo();
        _cipher.Dispose();
        _writerTurn.Dispose();
        _leadershipTurn.Dispose();
        _standbyTurn.Dispose();
    }

    private async Task<SqlSession> OpenAsync(SessionRole role, CancellationToken cancellationToken)
    {
        var session = await SqlSession.OpenAsync(_source, _time, cancellationToken);
        try
        {
            session.MaxStatementBytes = await _dialect.PrepareAsync(session, role, cancellationToken);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    private async Task<SqlSession> WriterAsync(CancellationToken cancellationToken) =>
        _writer ??= await OpenAsync(SessionRole.Writer, cancellationToken);

    /// <summary>Closes the writer's connection, which rolls back its transaction; the next use opens a new one.</summary>
    private async Task DropWriterAsync()
    {
        if (_writer is not { } session)
            return;
        _writer = null;
        await session.DisposeAsync();
    }

    private async Task DropLeadershipAsync()
    {
        if (_leadership is not { } session)
            return;
        _leadership = null;
        await session.DisposeAsync();
    }

    private StoreException Failed(string what, DbException error, bool outcomeUnknown = false) =>
        new($"{what}: {_dialect.Describe(error)}", outcomeUnknown, _dialect.Cause(error))
        {
            NoRoom = !outcomeUnknown && _dialect.Classify(error) == SqlFault.NoRoom,
        };
}
