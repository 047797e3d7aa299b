using System.Data.Common;

namespace Scheduler.Bbs.Storage.Sql;

internal sealed partial class SqlBbsStore
{
    private const int MaxAcquireAttempts = 3;

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private const string ReadLease = """
        SELECT owner, leader_value, expires_at
        FROM bbs_lease
        WHERE id = 1
        """;

    private const string ReadEpoch = """
        SELECT epoch
        FROM bbs_epoch
        WHERE id = 1
        """;

    private const string RaiseEpoch = """
        UPDATE bbs_epoch
        SET epoch = @p0
        WHERE id = 1
        """;

    private const string TakeLease = """
        UPDATE bbs_lease
        SET owner = @p0, leader_value = @p1, epoch = @p2, expires_at = @p3
        WHERE id = 1
        """;

    private const string Prolong = """
        UPDATE bbs_lease
        SET expires_at = @p0
        WHERE id = 1 AND epoch = @p1
        """;

    private const string ReadLeaseEpoch = """
        SELECT epoch
        FROM bbs_lease
        WHERE id = 1
        """;

    public Task<LeadershipAttempt> AcquireLeadershipAsync(string owner, string value, TimeSpan ttl, CancellationToken cancellationToken) =>
        LeadAsync("take leadership", session => AcquireAsync(session, owner, value, ttl, cancellationToken), cancellationToken);

    public Task RenewLeadershipAsync(long epoch, TimeSpan ttl, CancellationToken cancellationToken) =>
        LeadAsync(
            "renew leadership",
            async session =>
            {
                var now = await _dialect.NowAsync(session, cancellationToken);
                try
                {
                    await ProlongAsync(session, epoch, now + UnixNanos.From(ttl), cancellationToken);
                }
                catch (DbException full) when (_dialect.Classify(full) == SqlFault.NoRoom && _dialect.TryHoldTerm())
                {
                    // Reads must continue while writes are impossible. Nobody can take the term from here on; this read checks that nobody has
                    // before.
                    await CheckLeaseEpochAsync(session, epoch, cancellationToken);
                    _log.TermHeld(epoch, _dialect.Describe(full));
                    return true;
                }
                _dialect.LetTermGo();
                await _dialect.TidyAsync(session, cancellationToken);
                return true;
            },
            cancellationToken
        );

    public Task ReleaseLeadershipAsync(long epoch, CancellationToken cancellationToken) =>
        LeadAsync(
            "release leadership",
            async session =>
            {
                _dialect.LetTermGo();
                await session.ExecuteAsync(Prolong, cancellationToken, 0L, epoch);
                return true;
            },
            cancellationToken
        );

    private async Task<T> LeadAsync<T>(string what, Func<SqlSession, Task<T>> work, CancellationToken cancellationToken)
    {
        await _leadershipTurn.WaitAsync(cancellationToken);
        try
        {
            var session = _leadership ??= await OpenAsync(SessionRole.Leadership, cancellationToken);
            return await work(session);
        }
        catch (DbException e)
        {
            await DropLeadershipAsync();
            throw Failed($"cannot {what}", e);
        }
        catch (Exception e) when (e is not LeadershipLostException)
        {
            await DropLeadershipAsync();
            throw;
        }
        finally
        {
            _leadershipTurn.Release();
        }
    }

    private async Task<LeadershipAttempt> AcquireAsync(
        SqlSession session,
        string owner,
        string value,
        TimeSpan ttl,
        CancellationToken cancellationToken
    )
    {
        // Whoever calls this does not lead, or no longer leads.
        _dialect.LetTermGo();
        if (!_bootstrapped)
            await BootstrapAsync(session, cancellationToken);

        // First read without a lock: standbys check often, and the answer is nearly always no.
        var held = await HeldByOtherAsync(session, ReadLease, owner, cancellationToken);
        for (var attempt = 1; held is null; attempt++)
        {
            try
            {
                return await TryTakeAsync(session, owner, value, ttl, cancellationToken);
            }
            catch (DbException e) when (_dialect.Classify(e) == SqlFault.NoRoom && attempt < MaxAcquireAttempts)
            {
                await session.RollbackAsync();
                if (!await _dialect.MakeRoomAsync(session, cancellationToken))
                    throw;
            }
            catch (DbException e) when (_dialect.Classify(e) == SqlFault.Transient && attempt < MaxAcquireAttempts)
            {
                await session.RollbackAsync();
                // The term has expired but its writer still holds its lock: the node was paused in the middle of a commit.
                if (await _dialect.BreakWriterAsync(session, cancellationToken))
                    _log.WriterBroken();
            }
        }
        return held.Value;
    }

    private async Task BootstrapAsync(SqlSession session, CancellationToken cancellationToken)
    {
        foreach (var statement in _dialect.Bootstrap)
            await session.ExecuteAsync(statement, cancellationToken);
        // Read first: an INSERT of an existing row, even with IGNORE, waits for a commit that has the row locked.
        if (await session.RowAsync(ReadLease, cancellationToken) is null || await session.RowAsync(ReadEpoch, cancellationToken) is null)
        {
            foreach (var statement in _dialect.Seed)
                await session.ExecuteAsync(statement, cancellationToken);
        }
        _bootstrapped = true;
    }

    private async Task<LeadershipAttempt> TryTakeAsync(
        SqlSession session,
        string owner,
        string value,
        TimeSpan ttl,
        CancellationToken cancellationToken
    )
    {
        using var takeover = _dialect.TryEnterTakeover();
        if (takeover is null)
            return await HeldWithoutRoomAsync(session, cancellationToken);
        await session.ExecuteAsync(_dialect.BeginWrite, cancellationToken);
        if (await HeldByOtherAsync(session, ReadLease + _dialect.ForUpdate, owner, cancellationToken) is { } held)
        {
            await session.RollbackAsync();
            return held;
        }
        // Waits for a commit of the previous term, and prevents any later one from passing its check.
        var row = await session.RowAsync(ReadEpoch + _dialect.ForUpdate, cancellationToken) ?? throw MissingRow("bbs_epoch");
        var epoch = Convert.ToInt64(row[0]) + 1;
        var before = await session.RowAsync(ReadLease, cancellationToken) ?? throw MissingRow("bbs_lease");
        var now = await _dialect.NowAsync(session, cancellationToken);
        await session.ExecuteAsync(RaiseEpoch, cancellationToken, epoch);
        await session.ExecuteAsync(TakeLease, cancellationToken, owner, value, epoch, now + UnixNanos.From(ttl));
        await session.ExecuteAsync("COMMIT", cancellationToken);
        return new LeadershipAttempt(epoch, value, ttl) { Vacancy = VacancySince(Convert.ToInt64(before[2]), now) };
    }

    // The row says that the term has expired, but the term lock shows that its holder is alive and could not renew the row.
    private static async Task<LeadershipAttempt> HeldWithoutRoomAsync(SqlSession session, CancellationToken cancellationToken)
    {
        var lease = await session.RowAsync(ReadLease, cancellationToken) ?? throw MissingRow("bbs_lease");
        return new LeadershipAttempt(0, Convert.ToString(lease[1])!, LookAgain);
    }

    private async Task<LeadershipAttempt?> HeldByOtherAsync(
        SqlSession session,
        string sql,
        string owner,
        CancellationToken cancellationToken
    )
    {
        var lease = await session.RowAsync(sql, cancellationToken) ?? throw MissingRow("bbs_lease");
        var now = await _dialect.NowAsync(session, cancellationToken);
        var remaining = Convert.ToInt64(lease[2]) - now;
        if (remaining <= 0 || Convert.ToString(lease[0]) == owner)
            return null;
        return new LeadershipAttempt(0, Convert.ToString(lease[1])!, UnixNanos.ToSpan(remaining));
    }

    private static async Task ProlongAsync(SqlSession session, long epoch, long expiresAt, CancellationToken cancellationToken)
    {
        if (await session.ExecuteAsync(Prolong, cancellationToken, expiresAt, epoch) > 0)
            return;
        // Some servers count only rows that changed, and the clock may not have advanced.
        await CheckLeaseEpochAsync(session, epoch, cancellationToken);
    }

    private static async Task CheckLeaseEpochAsync(SqlSession session, long epoch, CancellationToken cancellationToken)
    {
        var row = await session.RowAsync(ReadLeaseEpoch, cancellationToken) ?? throw MissingRow("bbs_lease");
        if (Convert.ToInt64(row[0]) != epoch)
            throw new LeadershipLostException(epoch);
    }

    // A term that was released or never existed has end 0: the time of its end is unknown.
    private static TimeSpan VacancySince(long ended, long now) => ended > 0 && ended < now ? UnixNanos.ToSpan(now - ended) : TimeSpan.Zero;

    private static StoreException MissingRow(string table) => new($"the only row of table {table} is missing; was it deleted by hand?");
}
