using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Cli.Services;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Bbs;

/// <summary>A row that passes validation but is rejected by the database: one request fails, with no other effect.</summary>
public sealed class RefusedRowTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bbs-");
    private BbsHost _bbs = null!;

    private string Path => System.IO.Path.Combine(_folder.FullName, "bbs.db");

    public async ValueTask InitializeAsync()
    {
        _bbs = await BbsHost.StartAsync(
            StoreSetup.Open($"sqlite:{Path}", StorageKeys.None, TimeProvider.System, NullLoggerFactory.Instance),
            "node-1"
        );
        await Wait.UntilAsync(async () =>
            await Record.ExceptionAsync(async () => await _bbs.Locks.ListAsync(new ListLocksRequest())) is null
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _bbs.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Fails_alone_and_the_term_goes_on()
    {
        await SqlAsync(
            "CREATE TRIGGER refuse BEFORE INSERT ON locks WHEN NEW.owner = 'refused' BEGIN SELECT RAISE(ABORT, 'not that one'); END"
        );
        var calls = Enumerable
            .Range(0, 60)
            .Select(number => AcquireAsync($"lock-{number}", number % 20 == 7 ? "refused" : "taken"))
            .ToList();
        await Task.WhenAll(calls);

        Assert.All(calls.Index(), call => Assert.Equal(call.Index % 20 == 7 ? ErrorKind.Unknown : null, call.Item.Result));
        Assert.Equal(57, (await _bbs.Locks.ListAsync(new ListLocksRequest())).Locks.Count);
        Assert.Equal(57L, await SqlAsync("SELECT COUNT(*) FROM locks"));
        Assert.Equal(1L, await SqlAsync("SELECT epoch FROM bbs_epoch"));
    }

    /// <summary>A regression test: this once ended the BBS and its standby.</summary>
    [Fact]
    public async Task A_zero_byte_is_refused_at_the_door()
    {
        var refused = await Assert.ThrowsAsync<DomainException>(async () =>
            await _bbs.Locks.AcquireAsync(
                new AcquireLockRequest
                {
                    Lock = new LockEntry
                    {
                        Key = "k",
                        Owner = "o",
                        Value = "\0",
                    },
                    TtlMs = 60_000,
                }
            )
        );
        Assert.Equal(
            ["lock.value: must not contain control characters"],
            refused.Error.Violations.Select(violation => violation.ToString())
        );
        Assert.Null(await AcquireAsync("k", "o"));
    }

    private async Task<ErrorKind?> AcquireAsync(string key, string owner)
    {
        try
        {
            await _bbs.Locks.AcquireAsync(
                new AcquireLockRequest
                {
                    Lock = new LockEntry { Key = key, Owner = owner },
                    TtlMs = 600_000,
                }
            );
            return null;
        }
        catch (DomainException failure)
        {
            return failure.Kind;
        }
    }

    private async Task<object?> SqlAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={Path}");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync();
    }
}
