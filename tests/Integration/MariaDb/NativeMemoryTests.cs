using System.Globalization;
using System.Runtime.InteropServices;
using System.Xml.Linq;
using Scheduler.MariaDb;
using Scheduler.Tests.TestKit.MariaDb;

namespace Scheduler.Tests.Integration.MariaDb;

/// <summary>Runs alone: what other tests allocate would be counted too.</summary>
[CollectionDefinition("MariaDb native memory", DisableParallelization = true)]
public sealed class NativeMemoryCollection;

[Collection("MariaDb native memory")]
public sealed class NativeMemoryTests
{
    [Fact]
    public async Task Ten_thousand_commands_leave_no_native_memory_behind()
    {
        await using var server = await MariaDbServer.StartNewAsync(new MariaDbServerOptions { FlushLogAtCommit = 0 });
        await using var source = new MariaDbDataSource(server.ConnectionString);
        await using (var setup = await source.OpenConnectionAsync()) await setup.ExecuteAsync("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(100))");

        await RunAsync(source, 6_000);
        // The just-in-time compiler comes and goes by megabytes and then falls silent; a leak grows in every round, by 50,000 bytes if
        // it is 25 a command.
        var growth = new List<long>();
        while (growth.Count(static bytes => Math.Abs(bytes) < 50_000) < 2)
        {
            Assert.True(growth.Count < 20, $"The native heap grew, per round of 2,000 commands, by {string.Join(", ", growth)} bytes.");
            var before = HeapInUse();
            await RunAsync(source, 2_000);
            growth.Add(HeapInUse() - before);
        }
    }

    /// <summary>Every kind of outcome: rows read, rows left, none, errors of the server's and of the caller's, connections of the pool and new ones.</summary>
    private static async Task RunAsync(MariaDbDataSource source, int commands)
    {
        for (var i = 0; i < commands; i += 10)
        {
            await using var connection = await source.OpenConnectionAsync();
            await connection.ExecuteAsync("REPLACE INTO t VALUES (@id, @v)", ("@id", i % 100), ("@v", "value"));
            for (var k = 0; k < 5; k++) await connection.ScalarAsync("SELECT v FROM t WHERE id = @id", ("@id", i % 100));
            await using (var command = connection.Command("SELECT seq, REPEAT('x', 100) FROM seq_1_to_100; SELECT 2"))
            {
                await using var reader = await command.ExecuteReaderAsync();
                Assert.True(await reader.ReadAsync());
            }

            await Assert.ThrowsAsync<MariaDbException>(() => connection.ExecuteAsync("INSERT INTO t VALUES (@id, '')", ("@id", i % 100)));
            await Assert.ThrowsAsync<MariaDbException>(() => connection.ExecuteAsync("no such statement"));
            await using (await connection.BeginTransactionAsync()) await connection.ExecuteAsync("DELETE FROM t");
            if (i % 500 == 0) source.Clear();
        }
    }

    /// <summary>Bytes that malloc has given out and not got back, over all arenas.</summary>
    private static long HeapInUse()
    {
        // Managed objects own native ones (locks, events) until they are collected.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        var path = Path.GetTempFileName();
        try
        {
            var file = OpenFile(path, "w");
            Assert.NotEqual(0, file);
            Assert.Equal(0, MallocInfo(0, file));
            Assert.Equal(0, CloseFile(file));
            var root = XDocument.Load(path).Root!;
            return Size(root, "system", "current") + Size(root, "total", "mmap") - Size(root, "total", "fast") - Size(root, "total", "rest");
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static long Size(XElement root, string element, string type) =>
        long.Parse(root.Elements(element).Single(e => (string?)e.Attribute("type") == type).Attribute("size")!.Value, CultureInfo.InvariantCulture);

    [DllImport("libc", EntryPoint = "malloc_info")]
    private static extern int MallocInfo(int options, nint file);

    [DllImport("libc", EntryPoint = "fopen", CharSet = CharSet.Ansi)]
    private static extern nint OpenFile(string path, string mode);

    [DllImport("libc", EntryPoint = "fclose")]
    private static extern int CloseFile(nint file);
}
