using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Google.Protobuf;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Bbs.Storage.Tables;

namespace Scheduler.Bbs.Storage.Export;

/// <summary>Reads an export, a batch of rows at a time, and checks that it is whole.</summary>
/// <remarks>
/// Some damage shows only at the end. Whoever writes the rows must be able to take all of them back until then.
/// </remarks>
internal sealed class ExportReader : IDisposable
{
    // As large as a batch of the command loop: few statements for the database, and little memory.
    private const int RowsPerBatch = 1000;
    private const int BytesPerBatch = 4 * 1024 * 1024;

    private readonly ExportInput _input;
    private readonly PayloadCipher _cipher;
    private readonly Action<ulong, long> _progress;

    private ExportReader(ExportInput input, ExportHeader header, StorageKeys keys, Action<ulong, long> progress)
    {
        (_input, Header, _progress) = (input, header, progress);
        _cipher = new PayloadCipher(keys);
    }

    public ExportHeader Header { get; }

    /// <summary>The rows read so far.</summary>
    public RowCounts Rows { get; } = new();

    /// <summary>Reads the beginning of an export.</summary>
    /// <param name="schema">Version of the newest schema that is supported.</param>
    /// <param name="keys">They open the definitions of work, each with the key that it names.</param>
    /// <param name="progress">Called after each batch with the number of rows and bytes read so far.</param>
    /// <exception cref="DomainException">It is no export, it is damaged, or it comes from a newer program.</exception>
    public static async Task<ExportReader> OpenAsync(
        Stream from,
        int schema,
        StorageKeys keys,
        Action<ulong, long> progress,
        CancellationToken cancellationToken
    )
    {
        var input = new ExportInput(from);
        try
        {
            return new ExportReader(input, await HeaderAsync(input, schema, cancellationToken), keys, progress);
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }

    /// <summary>All rows, for one pass.</summary>
    /// <param name="epoch">The term in which they will be written.</param>
    /// <exception cref="DomainException">The export is damaged, or not whole, or its key is missing.</exception>
    public async IAsyncEnumerable<CommitBatch> BatchesAsync(long epoch, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var ended = false;
        while (!ended)
        {
            var batch = new BatchBuilder();
            var begun = _input.Position;
            while (!ended && batch.Count < RowsPerBatch && _input.Position - begun < BytesPerBatch)
                ended = !Take(await _input.NextAsync(cancellationToken), batch);
            if (ended && !await _input.IsAtEndAsync(cancellationToken))
                throw ExportErrors.Damaged("something follows its end");
            if (batch.Count > 0)
                yield return batch.Build(epoch, Header.Revision);
            _progress(Rows.Total(), _input.Position);
        }
    }

    public void Dispose()
    {
        _cipher.Dispose();
        _input.Dispose();
    }

    private static async Task<ExportHeader> HeaderAsync(ExportInput input, int schema, CancellationToken cancellationToken)
    {
        if (
            await input.TakeAsync(ExportFormat.Magic.Length, cancellationToken) is not { } magic
            || !magic.Span.SequenceEqual(ExportFormat.Magic)
        )
            throw ExportErrors.Refused("is not an export of a BBS");
        input.Count(ExportFormat.Magic);
        var frame = await input.NextAsync(cancellationToken);
        input.Count(frame.Bytes.Span);
        var header = Parse(ExportHeader.Parser, frame.Message, 0);
        if (header.FormatVersion is 0 or > ExportFormat.Version)
        {
            throw ExportErrors.Refused(
                $"has format {header.FormatVersion}, but this program reads up to format {ExportFormat.Version}: import it with the version "
                    + "that wrote it, or a newer one"
            );
        }
        if (header.SchemaVersion > schema)
        {
            throw ExportErrors.Refused(
                $"comes from a store with schema version {header.SchemaVersion}, but this program supports up to {schema}: import it with "
                    + "the version that wrote it, or a newer one"
            );
        }
        return header;
    }

    /// <returns>False at the end.</returns>
    private bool Take(ExportFrame frame, BatchBuilder batch)
    {
        var row = Parse(ExportRow.Parser, frame.Message, _input.Position - frame.Bytes.Length);
        if (row.RowCase == ExportRow.RowOneofCase.End)
        {
            Check(row.End);
            return false;
        }
        // The end is not part of its own checksum.
        _input.Count(frame.Bytes.Span);
        try
        {
            Add(row, batch);
        }
        catch (StoreException e)
        {
            throw ExportErrors.Refused($"cannot be read: {e.Message}", e);
        }
        return true;
    }

    private void Check(ExportEnd end)
    {
        if (!CryptographicOperations.FixedTimeEquals(end.Sha256.Span, _input.Checksum()))
            throw ExportErrors.Damaged("its checksum is wrong");
        if (!Rows.Equals(end.Rows))
            throw ExportErrors.Damaged($"it has {Rows.Total()} rows, but should have {end.Rows?.Total() ?? 0}");
    }

    private void Add(ExportRow row, BatchBuilder batch)
    {
        switch (row.RowCase)
        {
            case ExportRow.RowOneofCase.DesiredLrp:
                Rows.DesiredLrps++;
                batch.Add(Open(DesiredLRP.Parser, row.DesiredLrp, DesiredLrpTable.Place(row.DesiredLrp.Guid)));
                break;
            case ExportRow.RowOneofCase.ActualLrp:
                Rows.ActualLrps++;
                batch.Add(row.ActualLrp);
                break;
            case ExportRow.RowOneofCase.Task:
                Rows.Tasks++;
                batch.Add(Open(OneOffTask.Parser, row.Task, TaskTable.Place(row.Task.Guid)));
                break;
            case ExportRow.RowOneofCase.Domain:
                Rows.Domains++;
                batch.Add(row.Domain);
                break;
            case ExportRow.RowOneofCase.Cell:
                Rows.Cells++;
                batch.Add(row.Cell);
                break;
            case ExportRow.RowOneofCase.AbsentCell:
                Rows.AbsentCells++;
                batch.Add(row.AbsentCell);
                break;
            case ExportRow.RowOneofCase.CellLoss:
                Rows.CellLosses++;
                batch.Add(row.CellLoss);
                break;
            case ExportRow.RowOneofCase.Lock:
                Rows.Locks++;
                batch.Add(row.Lock);
                break;
            default:
                throw ExportErrors.Damaged($"it has a row of an unknown kind before byte {_input.Position}");
        }
    }

    private T Open<T>(MessageParser<T> parser, SealedRow row, string place)
        where T : IMessage<T> => Parse(parser, _cipher.Open(row.Payload.Span, place), _input.Position);

    private static T Parse<T>(MessageParser<T> parser, ReadOnlySpan<byte> message, long position)
        where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(message);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw ExportErrors.Damaged($"a row at byte {position} cannot be read ({e.Message})", e);
        }
    }
}
