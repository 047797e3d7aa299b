using Google.Protobuf;
using Grpc.Core;

namespace Scheduler.Bbs.Api;

/// <summary>
/// Splits a list into messages of bounded size: at most 1,000 rows, and no further row once a page has 1 MiB. So even with the largest
/// row allowed, a page stays well below the clients' message limit (4 MiB by default). The first page is small: the caller has it soon,
/// and reads it while the next one is written.
/// </summary>
internal sealed class Pages<TRow, TPage>(
    IServerStreamWriter<TPage> stream,
    Func<TPage> newPage,
    Action<TPage, TRow> add,
    CancellationToken cancellationToken
)
    where TRow : IMessage
    where TPage : class
{
    private const int FirstRows = 100;
    private const int MaxRows = 1_000;
    private const int MaxBytes = 1024 * 1024;

    private TPage? _page;
    private int _rows;
    private int _bytes;
    private bool _any;

    public async ValueTask AddAsync(TRow row)
    {
        _page ??= newPage();
        add(_page, row);
        _bytes += row.CalculateSize();
        if (++_rows >= (_any ? MaxRows : FirstRows) || _bytes >= MaxBytes)
            await FlushAsync();
    }

    /// <summary>Ends the list. An empty list is sent as one empty page so that the caller learns the revision.</summary>
    public async ValueTask EndAsync()
    {
        if (!_any)
            _page ??= newPage();
        if (_page is not null)
            await FlushAsync();
    }

    private async ValueTask FlushAsync()
    {
        await stream.WriteAsync(_page!, cancellationToken);
        (_page, _rows, _bytes, _any) = (null, 0, 0, true);
    }
}
