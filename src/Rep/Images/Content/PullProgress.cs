using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Images.Content;

/// <summary>How far one pull is. Those who work on it write it; anyone may read it at any time.</summary>
internal sealed class PullProgress(string container, string image, DateTimeOffset since)
{
    private readonly Lock _lock = new();
    private IReadOnlyList<BlobProgress> _blobs = [];
    private (int Done, int All) _layers;
    private string _trouble = "";

    public void LayersDone(int done, int all)
    {
        lock (_lock)
            _layers = (done, all);
    }

    /// <param name="blobs">What is downloaded for it.</param>
    public void Expect(IReadOnlyList<BlobProgress> blobs)
    {
        lock (_lock)
            _blobs = blobs;
    }

    /// <param name="trouble">What failed and is tried again; empty: it worked.</param>
    public void Report(string trouble)
    {
        lock (_lock)
            _trouble = trouble;
    }

    public ImagePull Read()
    {
        lock (_lock)
        {
            return new ImagePull
            {
                Container = container,
                Image = image,
                Since = since,
                LayersDone = _layers.Done,
                Layers = _layers.All,
                BytesDone = _blobs.Sum(blob => blob.Done),
                Bytes = _blobs.Sum(blob => blob.Size),
                Trouble = _trouble.Length > 0 ? _trouble : _blobs.Select(blob => blob.Trouble).FirstOrDefault(text => text.Length > 0, ""),
            };
        }
    }
}

/// <summary>How far the download of one blob is, for all pulls that wait for it.</summary>
internal sealed class BlobProgress(long size)
{
    private long _done;
    private volatile string _trouble = "";

    public long Size => size;

    public long Done
    {
        get => Volatile.Read(ref _done);
        set => Volatile.Write(ref _done, value);
    }

    /// <summary>What failed and is tried again; empty: it works.</summary>
    public string Trouble
    {
        get => _trouble;
        set => _trouble = value;
    }
}
