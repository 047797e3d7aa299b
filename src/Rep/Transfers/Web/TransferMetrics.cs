using System.Diagnostics.Metrics;
using Scheduler.Models;

namespace Scheduler.Rep.Transfers.Web;

/// <summary>
/// What a cell transfers for its containers over the network. One transfer includes its retries; what the cell's cache gives without a
/// question to the server counts as none.
/// </summary>
internal sealed class TransferMetrics : IDisposable
{
    private readonly Meter _meter = new(RepMetrics.MeterName);
    private readonly KeyValuePair<string, object?> _cell;
    private readonly Histogram<double> _downloadSucceeded;
    private readonly Histogram<double> _downloadFailed;
    private readonly Histogram<double> _uploadSucceeded;
    private readonly Histogram<double> _uploadFailed;
    private readonly Counter<long> _downloaded;
    private readonly Counter<long> _uploaded;

    public TransferMetrics(CellId cell)
    {
        _cell = new("cell_id", cell.Value);
        _downloadSucceeded = Duration("DownloadSucceededDuration", "Time of a successful download, with its retries");
        _downloadFailed = Duration("DownloadFailedDuration", "Time until a download failed for good");
        _uploadSucceeded = Duration("UploadSucceededDuration", "Time of a successful upload, with its retries");
        _uploadFailed = Duration("UploadFailedDuration", "Time until an upload failed for good");
        _downloaded = _meter.CreateCounter<long>(
            "DownloadedBytes",
            null,
            "Bytes of successful downloads; a file that has not changed has none"
        );
        _uploaded = _meter.CreateCounter<long>("UploadedBytes", null, "Bytes of successful uploads");
    }

    /// <param name="bytes">0 for a file that has not changed since the last time.</param>
    public void Downloaded(TimeSpan took, long bytes)
    {
        _downloadSucceeded.Record(took.TotalSeconds, _cell);
        _downloaded.Add(bytes, _cell);
    }

    public void DownloadFailed(TimeSpan took) => _downloadFailed.Record(took.TotalSeconds, _cell);

    public void Uploaded(TimeSpan took, long bytes)
    {
        _uploadSucceeded.Record(took.TotalSeconds, _cell);
        _uploaded.Add(bytes, _cell);
    }

    public void UploadFailed(TimeSpan took) => _uploadFailed.Record(took.TotalSeconds, _cell);

    public void Dispose() => _meter.Dispose();

    private Histogram<double> Duration(string name, string description) => _meter.CreateHistogram<double>(name, "s", description);
}
