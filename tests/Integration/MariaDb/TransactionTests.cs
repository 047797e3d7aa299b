using System.Data;
using Scheduler.MariaDb;

namespace Scheduler.Tests.Integration.MariaDb;

[Collection(MariaDbCollection.Name)]
public sealed class TransactionTests(MariaDbFixture fixture)
{
    [Fact]
    public async Task A_commit_keeps_and_everything_else_rolls_back()
    {
        var table = await fixture.CreateTableAsync("id INT PRIMARY KEY");
        await using var connection = await fixture.OpenAsync();
        await using (var kept = await connection.BeginTransactionAsync())
        {
            await connection.ExecuteAsync($"INSERT INTO {table} VALUES (1)");
            await kept.CommitAsync();
        }

        await using (var undone = await connection.BeginTransactionAsync())
        {
            await connection.ExecuteAsync($"INSERT INTO {table} VALUES (2)");
            await undone.RollbackAsync();
        }

        await using (await connection.BeginTransactionAsync()) await connection.ExecuteAsync($"INSERT INTO {table} VALUES (3)");
        using (connection.BeginTransaction()) await connection.ExecuteAsync($"INSERT INTO {table} VALUES (4)");
        Assert.Equal(1, Convert.ToInt32(await connection.ScalarAsync($"SELECT SUM(id) FROM {table}"), null));
    }

    /// <summary>What a transaction sees of one that has not committed, and of one that has since its first read.</summary>
    [Theory]
    [InlineData(IsolationLevel.ReadUncommitted, 1, 1)]
    [InlineData(IsolationLevel.ReadCommitted, 0, 1)]
    [InlineData(IsolationLevel.RepeatableRead, 0, 0)]
    [InlineData(IsolationLevel.Unspecified, 0, 0)]
    public async Task The_isolation_level_decides_what_is_seen_of_others(IsolationLevel level, int uncommitted, int committed)
    {
        var table = await fixture.CreateTableAsync("id INT PRIMARY KEY");
        await using var reader = await fixture.OpenAsync();
        await using var writer = await fixture.OpenAsync();
        await using var reading = await reader.BeginTransactionAsync(level);
        await using var writing = await writer.BeginTransactionAsync();
        await writer.ExecuteAsync($"INSERT INTO {table} VALUES (1)");
        Assert.Equal(uncommitted, Convert.ToInt32(await reader.ScalarAsync($"SELECT COUNT(*) FROM {table}"), null));
        await writing.CommitAsync();
        Assert.Equal(committed, Convert.ToInt32(await reader.ScalarAsync($"SELECT COUNT(*) FROM {table}"), null));
    }

    [Fact]
    public async Task A_serializable_transaction_locks_what_it_reads()
    {
        var table = await fixture.CreateTableAsync("id INT PRIMARY KEY, v INT");
        await using var reader = await fixture.OpenAsync();
        await using var writer = await fixture.OpenAsync();
        await writer.ExecuteAsync($"INSERT INTO {table} VALUES (1, 0)");
        await using var reading = await reader.BeginTransactionAsync(IsolationLevel.Serializable);
        await reader.ScalarAsync($"SELECT v FROM {table}");
        var error = await Assert.ThrowsAsync<MariaDbException>(() => writer.ExecuteAsync($"SET innodb_lock_wait_timeout = 0; UPDATE {table} SET v = 1"));
        Assert.Equal(MariaDbErrors.LockWaitTimeout, error.Number);
        Assert.True(error.IsTransient);
    }

    [Fact]
    public async Task A_snapshot_is_of_its_start_and_not_of_its_first_read()
    {
        var table = await fixture.CreateTableAsync("id INT PRIMARY KEY");
        await using var reader = await fixture.OpenAsync();
        await using var writer = await fixture.OpenAsync();
        await using (var snapshot = await reader.BeginTransactionAsync(IsolationLevel.Snapshot))
        {
            await writer.ExecuteAsync($"INSERT INTO {table} VALUES (1)");
            Assert.Equal(0, Convert.ToInt32(await reader.ScalarAsync($"SELECT COUNT(*) FROM {table}"), null));
            await snapshot.CommitAsync();
        }

        // Written out, it is the same.
        await reader.ExecuteAsync("START TRANSACTION WITH CONSISTENT SNAPSHOT");
        await writer.ExecuteAsync($"INSERT INTO {table} VALUES (2)");
        Assert.Equal(1, Convert.ToInt32(await reader.ScalarAsync($"SELECT COUNT(*) FROM {table}"), null));
        await reader.ExecuteAsync("COMMIT");
        Assert.Equal(2, Convert.ToInt32(await reader.ScalarAsync($"SELECT COUNT(*) FROM {table}"), null));
    }

    [Fact]
    public async Task Savepoints_undo_a_part()
    {
        var table = await fixture.CreateTableAsync("id INT PRIMARY KEY");
        await using var connection = await fixture.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync($"INSERT INTO {table} VALUES (1)");
        await transaction.SaveAsync("odd`name");
        await connection.ExecuteAsync($"INSERT INTO {table} VALUES (2)");
        await transaction.RollbackAsync("odd`name");
        await transaction.ReleaseAsync("odd`name");
        await transaction.CommitAsync();
        Assert.Equal(1, Convert.ToInt32(await connection.ScalarAsync($"SELECT COUNT(*) FROM {table}"), null));
    }

    [Fact]
    public async Task A_command_outside_of_the_transaction_is_refused()
    {
        await using var connection = await fixture.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var outside = new MariaDbCommand("SELECT 1", connection);
        await Assert.ThrowsAsync<InvalidOperationException>(() => outside.ExecuteScalarAsync());
        outside.Transaction = transaction;
        await outside.ExecuteScalarAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await connection.BeginTransactionAsync());
        await transaction.CommitAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => transaction.CommitAsync());
    }

    [Fact]
    public async Task A_deadlock_is_transient()
    {
        var table = await fixture.CreateTableAsync("id INT PRIMARY KEY, v INT");
        await using var a = await fixture.OpenAsync();
        await using var b = await fixture.OpenAsync();
        await a.ExecuteAsync($"INSERT INTO {table} VALUES (1, 0), (2, 0)");
        await using var first = await a.BeginTransactionAsync();
        await using var second = await b.BeginTransactionAsync();
        await a.ExecuteAsync($"UPDATE {table} SET v = 1 WHERE id = 1");
        await b.ExecuteAsync($"UPDATE {table} SET v = 2 WHERE id = 2");
        var crossing = new[] { a.ExecuteAsync($"UPDATE {table} SET v = 1 WHERE id = 2"), b.ExecuteAsync($"UPDATE {table} SET v = 2 WHERE id = 1") };
        // The server picks one of them; the other goes on.
        await Task.WhenAll(crossing).ContinueWith(static _ => { }, TaskScheduler.Default);
        var loser = Assert.IsType<MariaDbException>(Assert.Single(crossing, static update => update.IsFaulted).Exception!.InnerException);
        Assert.Equal(MariaDbErrors.LockDeadlock, loser.Number);
        Assert.Equal("40001", loser.SqlState);
        Assert.True(loser.IsTransient);
    }

    [Fact]
    public async Task Closing_a_connection_lets_go_of_what_its_transaction_holds()
    {
        var table = await fixture.CreateTableAsync("id INT PRIMARY KEY, v INT");
        await using var observer = await fixture.OpenAsync();
        await observer.ExecuteAsync($"INSERT INTO {table} VALUES (1, 0)");
        var forgetful = await fixture.OpenAsync();
        await forgetful.ExecuteAsync("START TRANSACTION");
        await forgetful.ExecuteAsync($"UPDATE {table} SET v = 1");
        await forgetful.DisposeAsync();
        await observer.ExecuteAsync($"SET innodb_lock_wait_timeout = 1; UPDATE {table} SET v = v + 10");
        Assert.Equal(10, await observer.ScalarAsync($"SELECT v FROM {table}"));
    }
}
