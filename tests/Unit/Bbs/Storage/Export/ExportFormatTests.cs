using Google.Protobuf;
using Scheduler.Bbs.Storage;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Bbs.Storage.Export;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Storage;

namespace Scheduler.Tests.Unit.Bbs.Storage.Export;

public sealed class ExportFormatTests
{
    private const int Schema = 2;

    private static readonly StorageKeys Old = new("2029", [new("2029", Key(1))]);
    private static readonly StorageKeys Both = new("2030", [new("2029", Key(1)), new("2030", Key(2))]);
    private static readonly StorageKeys New = new("2030", [new("2030", Key(2))]);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_field_of_every_row_comes_back(bool extremes)
    {
        var rows = new RecordingReader();
        Fill(rows, extremes);
        var bytes = Export(writer => Fill(writer, extremes), StorageKeys.None, revision: 42);

        var (header, batches) = await ReadAsync(bytes, StorageKeys.None);
        Assert.Equal(42ul, header.Revision);
        var batch = Assert.Single(batches);
        Assert.Equal(7, batch.Epoch);
        Assert.Equal(rows.DesiredLrps, batch.DesiredLrps.Upserts);
        Assert.Equal(rows.ActualLrps, batch.ActualLrps.Upserts);
        Assert.Equal(rows.Tasks, batch.Tasks.Upserts);
        Assert.Equal(rows.Domains, batch.Domains.Upserts);
        Assert.Equal(rows.Cells, batch.Cells.Upserts);
        Assert.Equal(rows.AbsentCells, batch.AbsentCells.Upserts);
        Assert.Equal(rows.CellLosses, batch.CellLoss.Upserts);
        Assert.Equal(rows.Locks, batch.Locks.Upserts);
    }

    [Fact]
    public async Task An_empty_store_is_an_export_too()
    {
        var (header, batches) = await ReadAsync(Export(_ => { }, StorageKeys.None), StorageKeys.None);
        Assert.Equal(ExportFormat.Version, header.FormatVersion);
        Assert.Empty(batches);
    }

    [Fact]
    public async Task Many_rows_come_in_batches_of_bounded_size()
    {
        var bytes = Export(
            writer =>
            {
                for (var i = 0; i < 2500; i++)
                    writer.Domain(new DomainRow($"domain-{i:0000}", i));
                for (var i = 0; i < 6; i++)
                    writer.DesiredLrp(new DesiredLRP { ProcessGuid = $"web-{i}", Annotation = new string('x', 2_000_000) });
            },
            StorageKeys.None
        );
        var (_, batches) = await ReadAsync(bytes, StorageKeys.None);
        Assert.All(batches, batch => Assert.InRange(batch.Domains.Upserts.Count + batch.DesiredLrps.Upserts.Count, 1, 1000));
        Assert.All(batches, batch => Assert.InRange(batch.DesiredLrps.Upserts.Count, 0, 3));
        Assert.Equal(
            Enumerable.Range(0, 2500).Select(i => $"domain-{i:0000}"),
            batches.SelectMany(batch => batch.Domains.Upserts).Select(row => row.Domain)
        );
        Assert.Equal(6, batches.Sum(batch => batch.DesiredLrps.Upserts.Count));
    }

    [Fact]
    public async Task A_part_of_an_export_is_refused_wherever_it_breaks_off()
    {
        var bytes = Export(FillBriefly, StorageKeys.None);
        for (var length = 0; length < bytes.Length; length++)
            await AssertRefusedAsync(bytes[..length], StorageKeys.None, $"the first {length} of {bytes.Length} bytes");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_changed_byte_is_found_wherever_it_is(bool encrypted)
    {
        var keys = encrypted ? Old : StorageKeys.None;
        var bytes = Export(FillBriefly, keys);
        for (var at = 0; at < bytes.Length; at++)
        {
            var changed = bytes.ToArray();
            changed[at] ^= (byte)(1 << (at % 8));
            await AssertRefusedAsync(changed, keys, $"byte {at} of {bytes.Length}");
        }
    }

    [Fact]
    public async Task Missing_or_repeated_rows_and_a_second_export_behind_it_are_found()
    {
        var bytes = Export(writer => Fill(writer, extremes: false), StorageKeys.None);
        Assert.Contains("something follows its end", await AssertRefusedAsync([.. bytes, 0], StorageKeys.None, "one byte more"));
        await AssertRefusedAsync([.. bytes, .. bytes], StorageKeys.None, "twice");
    }

    [Fact]
    public async Task What_newer_programs_wrote_is_refused_by_name()
    {
        Assert.Contains("has format 2", await AssertRefusedAsync(WithHeader(new ExportHeader { FormatVersion = 2 }), StorageKeys.None, ""));
        Assert.Contains(
            "schema version 3",
            await AssertRefusedAsync(WithHeader(new ExportHeader { FormatVersion = 1, SchemaVersion = 3 }), StorageKeys.None, "")
        );
        Assert.Contains(
            "is not an export",
            await AssertRefusedAsync("SQLite format 3\0 and more than that"u8.ToArray(), StorageKeys.None, "")
        );
    }

    [Fact]
    public async Task A_length_beyond_all_limits_costs_no_memory()
    {
        byte[] huge = [.. WithHeader(new ExportHeader { FormatVersion = 1, SchemaVersion = 2 }), 0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2, 3];
        Assert.Contains("claims to have 4294967295 bytes", await AssertRefusedAsync(huge, StorageKeys.None, ""));
    }

    [Fact]
    public async Task Definitions_are_encrypted_with_the_first_key_and_opened_with_any()
    {
        var task = new OneOffTask { TaskGuid = "migrate", Result = "hunter2" };
        var lrp = new DesiredLRP { ProcessGuid = "web", Annotation = "hunter2" };
        byte[] Write(StorageKeys keys) =>
            Export(
                writer =>
                {
                    writer.DesiredLrp(lrp);
                    writer.Task(task);
                },
                keys
            );
        Assert.NotEqual(-1, Write(StorageKeys.None).AsSpan().IndexOf("hunter2"u8));
        var bytes = Write(Old);
        Assert.Equal(-1, bytes.AsSpan().IndexOf("hunter2"u8));

        var (header, batches) = await ReadAsync(bytes, Both);
        Assert.Equal("2029", header.KeyLabel);
        Assert.Equal([lrp], batches[0].DesiredLrps.Upserts);
        Assert.Equal([task], batches[0].Tasks.Upserts);
        Assert.Contains("\"2029\", which is not configured", await AssertRefusedAsync(bytes, New, ""));
        Assert.Contains("\"2029\", which is not configured", await AssertRefusedAsync(bytes, StorageKeys.None, ""));
    }

    private static byte[] Key(byte value) => [.. Enumerable.Repeat(value, StorageKeys.KeyBytes)];

    private static void Fill(IStateReader into, bool extremes)
    {
        into.DesiredLrp(FilledMessages.Fill<DesiredLRP>(extremes));
        into.ActualLrp(FilledMessages.Fill<ActualLRP>(extremes));
        into.Task(FilledMessages.Fill<OneOffTask>(extremes));
        into.Domain(new DomainRow(extremes ? "𝕊'\"\\ 𐍈%_" : "apps", extremes ? long.MaxValue : 1));
        into.Cell(new CellRow(FilledMessages.Fill<CellPresence>(extremes), extremes ? "" : "run-1", extremes ? uint.MaxValue : 15_000));
        into.AbsentCell(FilledMessages.Fill<AbsentCell>(extremes));
        into.CellLoss(FilledMessages.Fill<CellLoss>(extremes));
        into.Lock(new LockRow("auctioneer", extremes ? "" : "run-1", "http://a", extremes ? uint.MaxValue : 15_000));
    }

    // Few bytes, because tests change each of them.
    private static void FillBriefly(IStateReader into)
    {
        into.DesiredLrp(new DesiredLRP { ProcessGuid = "web", Instances = 2 });
        into.ActualLrp(
            new ActualLRP
            {
                ActualLrpKey = new ActualLRPKey { ProcessGuid = "web", Index = 1 },
                State = "RUNNING",
            }
        );
        into.Task(new OneOffTask { TaskGuid = "migrate", Result = "42" });
        into.Domain(new DomainRow("apps", 1));
        into.Cell(new CellRow(new CellPresence { CellId = "cell-1" }, "run-1", 15_000));
        into.AbsentCell(new AbsentCell { CellId = "cell-2" });
        into.CellLoss(new CellLoss());
        into.Lock(new LockRow("auctioneer", "run-1", "http://a", 15_000));
    }

    private static byte[] Export(Action<ExportWriter> fill, StorageKeys keys, ulong revision = 1)
    {
        using var bytes = new MemoryStream();
        using var writer = new ExportWriter(bytes, keys, (_, _) => { });
        writer.Begin(new StoreVersion(Schema, revision), DateTimeOffset.UnixEpoch);
        fill(writer);
        writer.End();
        Assert.Equal(bytes.Length, writer.Bytes);
        return bytes.ToArray();
    }

    private static byte[] WithHeader(ExportHeader header)
    {
        using var bytes = new MemoryStream();
        bytes.Write(ExportFormat.Magic);
        header.WriteDelimitedTo(bytes);
        return bytes.ToArray();
    }

    private static async Task<(ExportHeader Header, List<CommitBatch> Batches)> ReadAsync(byte[] bytes, StorageKeys keys)
    {
        using var reader = await ExportReader.OpenAsync(new MemoryStream(bytes), Schema, keys, (_, _) => { }, default);
        var batches = new List<CommitBatch>();
        await foreach (var batch in reader.BatchesAsync(7, default))
            batches.Add(batch);
        return (reader.Header, batches);
    }

    private static async Task<string> AssertRefusedAsync(byte[] bytes, StorageKeys keys, string what)
    {
        var error = await Record.ExceptionAsync(() => ReadAsync(bytes, keys));
        Assert.True(error is DomainException { Error.Kind: ErrorKind.InvalidRequest }, $"{what}: {error?.ToString() ?? "accepted"}");
        return error!.Message;
    }
}
