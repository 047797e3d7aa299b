using System.Security.Cryptography;
using Google.Protobuf;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Bbs.Storage.Tables;

namespace Scheduler.Bbs.Storage.Export;

/// <summary>Writes the rows of a load as an export, one at a time. Definitions of work are encrypted as in a store with these keys.</summary>
/// <param name="into">Should buffer, because it gets two small writes for each row.</param>
/// <param name="progress">Called after each row with the number of rows and bytes so far.</param>
internal sealed class ExportWriter(Stream into, StorageKeys keys, Action<ulong, long> progress) : IStateReader, IDisposable
{
    private readonly PayloadCipher _cipher = new(keys);
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _buffer = [];

    public RowCounts Rows { get; } = new();

    public long Bytes { get; private set; }

    public ulong Revision { get; private set; }

    public void Begin(StoreVersion store, DateTimeOffset now)
    {
        Revision = store.Revision;
        Write(ExportFormat.Magic);
        Write(
            new ExportHeader
            {
                FormatVersion = ExportFormat.Version,
                SchemaVersion = (uint)store.Schema,
                Revision = store.Revision,
                CreatedAt = UnixNanos.From(now),
                KeyLabel = keys.ActiveLabel,
            }
        );
    }

    public void DesiredLrp(DesiredLRP row)
    {
        Rows.DesiredLrps++;
        Row(new ExportRow { DesiredLrp = Seal(row.ProcessGuid, DesiredLrpTable.Place(row.ProcessGuid), row) });
    }

    public void ActualLrp(ActualLRP row)
    {
        Rows.ActualLrps++;
        Row(new ExportRow { ActualLrp = row });
    }

    public void Task(OneOffTask row)
    {
        Rows.Tasks++;
        Row(new ExportRow { Task = Seal(row.TaskGuid, TaskTable.Place(row.TaskGuid), row) });
    }

    public void Domain(DomainRow row)
    {
        Rows.Domains++;
        Row(
            new ExportRow
            {
                Domain = new ExportedDomain { Domain = row.Domain, ExpiresAt = row.ExpiresAt },
            }
        );
    }

    public void Cell(CellRow row)
    {
        Rows.Cells++;
        Row(
            new ExportRow
            {
                Cell = new ExportedCell
                {
                    Presence = row.Presence,
                    Owner = row.Owner,
                    TtlMs = row.TtlMs,
                },
            }
        );
    }

    public void AbsentCell(AbsentCell row)
    {
        Rows.AbsentCells++;
        Row(new ExportRow { AbsentCell = row });
    }

    public void CellLoss(CellLoss row)
    {
        Rows.CellLosses++;
        Row(new ExportRow { CellLoss = row });
    }

    public void Lock(LockRow row)
    {
        Rows.Locks++;
        Row(
            new ExportRow
            {
                Lock = new ExportedLock
                {
                    Key = row.Key,
                    Owner = row.Owner,
                    Value = row.Value,
                    TtlMs = row.TtlMs,
                },
            }
        );
    }

    /// <summary>Writes the end. Without it, no program takes the export for a whole one.</summary>
    public void End()
    {
        var checksum = ByteString.CopyFrom(_hash.GetHashAndReset());
        Write(
            new ExportRow
            {
                End = new ExportEnd { Rows = Rows, Sha256 = checksum },
            }
        );
        into.Flush();
    }

    public void Dispose()
    {
        _cipher.Dispose();
        _hash.Dispose();
    }

    private SealedRow Seal(string guid, string place, IMessage row) =>
        new() { Guid = guid, Payload = UnsafeByteOperations.UnsafeWrap(_cipher.Seal(row.ToByteArray(), place)) };

    private void Row(ExportRow row)
    {
        Write(row);
        progress(Rows.Total(), Bytes);
    }

    private void Write(IMessage message)
    {
        var size = message.CalculateSize();
        if (size > ExportFormat.MaxMessageBytes)
        {
            throw new StoreException(
                $"a row of {size} bytes is larger than the {ExportFormat.MaxMessageBytes} bytes that a row of an export may have"
            );
        }
        Span<byte> length = stackalloc byte[5];
        Write(length[..Varint(length, (uint)size)]);
        if (_buffer.Length < size)
            _buffer = new byte[Math.Max(size, 2 * _buffer.Length)];
        message.WriteTo(_buffer.AsSpan(0, size));
        Write(_buffer.AsSpan(0, size));
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        into.Write(bytes);
        Bytes += bytes.Length;
    }

    private static int Varint(Span<byte> into, uint value)
    {
        var length = 0;
        for (; value >= 0x80; value >>= 7)
            into[length++] = (byte)(value | 0x80);
        into[length++] = (byte)value;
        return length;
    }
}
